import AlmanacRuntime
import TenantActors
import Testing

/// What makes two spellings of an address one mailbox, and what does not.
struct AddressKeyTests {
    @Test(arguments: [("Kate@Example.COM", "kate@example.com"), ("J\u{F6}RG@example.com", "j\u{F6}rg@example.com")])
    func caseDoesNotCount(_ one: String, _ other: String) {
        #expect(EmailAddress.key(one).utf8.elementsEqual(EmailAddress.key(other).utf8))
    }

    /// U+212A and U+0130 have an ASCII letter in lower case.
    @Test(arguments: [
        ("kate@example.com", "\u{212A}ate@example.com"), ("ina@example.com", "\u{130}na@example.com"),
        ("ren\u{E9}@example.com", "rene\u{301}@example.com"),
    ])
    func aLookAlikeIsSomebodyElse(_ one: String, _ other: String) {
        #expect(!EmailAddress.key(one).utf8.elementsEqual(EmailAddress.key(other).utf8))
    }

    @Test(arguments: [
        ("Caf\u{E9} Nord", "caf-nord"), ("  A -- b  ", "a-b"), ("\u{212A}ate", "ate"), ("e\u{301}\u{301}x", "e-x"),
        ("\u{65E5}\u{672C}", "calendar"), ("Room 101", "room-101"),
    ])
    func aSlugIsMadeOfLettersOfASCII(_ name: String, _ slug: String) {
        let made = Slug.from(name, fallback: "calendar")
        #expect(made == slug)
        #expect(Slug.isValid(made))
    }
}
