import Foundation
import Testing

@testable import AlmanacRuntime

@Suite struct EmailAddressTests {
    @Test(arguments: [
        "sam@example.com", "Sam.Rivera+x@Example.COM", "o'brien+a.b=c@example.com", "!#$%&*/?^_`{|}~-@example.com",
        "a@localhost", "a@x", "jörg@example.com", "joerg@bücher.example", "用户@例子.广告", "x@пример.испытание",
        "x@münchen。de", "x@BÜCHER.example", "e\u{301}@example.com", "ทดสอบ@ตัวอย่าง.ไทย", "a@b-c.d--e.f", "a@1.2.c",
        "a@xn--bcher-kva.example", "שלום@דוגמה.קום", "ا@مثال.إختبار", "a@faß.de", "ß@example.com", "0@0.x",
        "\(String(repeating: "a", count: 64))@example.com", "a@\(String(repeating: "b", count: 63)).c",
        "a@\(String(repeating: "b.", count: 125))cd",
    ])
    func anAddressIsTakenAsItIs(text: String) {
        #expect(EmailAddress.normalized(text).map { Array($0.utf8) } == Array(text.utf8))
    }

    /// White space that a person does not see having copied.
    @Test(arguments: [
        " ", "\t", "\n", "\r\n", "\u{85}", "\u{A0}", "\u{1680}", "\u{2003}", "\u{2028}", "\u{2029}", "\u{202F}",
        "\u{205F}", "\u{3000}", "\u{FEFF}", "\u{200B}", "\u{2060}", "\u{180E}", " \u{FEFF}\u{3000} ",
    ])
    func whatSurroundsItIsTakenOff(space: String) {
        for text in ["\(space)a@b.c", "a@b.c\(space)", "\(space)a@b.c\(space)"] {
            #expect(EmailAddress.normalized(text).map { Array($0.utf8) } == Array("a@b.c".utf8))
        }
    }

    @Test(arguments: [
        "", " ", "plain", "a@", "@b", "@", "a@b@c", "a b@c.d", "a@b..c", ".a@b.c", "a.@b.c", "a..b@c.d", "a@-b.c",
        "a@b-.c", "a@.b", "a@b.", "<a@b.c>", "Sam <a@b.c>", "a@b,c", "a@b;c@d", "a,b@c.d", "a:b@c.d", "(x)a@b.c",
        "a@b.c(x)", "\"a b\"@c.d", "\"a\"@c.d", "a\\b@c.d", "a[b]@c.d", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@127.0.0.1",
        "a@b_c.d", "a@b/c", "a@b%0d", "a@b c.d", "mailto:a@b.c", "a@b.c\r\nRCPT TO:<x@y>", "a@b.c\nx", "a\u{0}@b.c",
        "a@b.c\u{0}", "a\u{7F}@b.c", "\u{1}a@b.c",
        // What is not seen, or seen elsewhere than it stands.
        "a@exam\u{200B}ple.com", "a\u{200B}b@c.d", "a@b.c\u{AD}", "\u{AD}a@b.c", "a\u{AD}b@c.d", "a@b\u{AD}c.d",
        "a<\u{301}b@x.com", "a+\u{301}b@x.com", "\u{301}a@b.c", "a.\u{301}b@c.d", "a@\u{301}b.c", "a@b.\u{301}c",
        "a@b-\u{301}c-.d", "a\u{202E}b@c.d", "a@b\u{202E}c.d", "a\u{2066}b\u{2069}@c.d", "a\u{200D}b@c.d",
        "a\u{200C}b@c.d", "a@b\u{200D}c.d", "a\u{2028}b@c.d", "a@b\u{2029}c.d", "a\u{A0}b@c.d", "a@b\u{3000}c.d",
        "a\u{FEFF}b@c.d", "a@b\u{2060}c.d", "a\u{85}b@c.d", "a\u{9B}b@c.d", "a\u{FE0F}@b.c", "a\u{34F}b@c.d",
        "a\u{3164}b@c.d", "a\u{115F}@b.c", "a\u{E0041}@b.c", "a\u{E000}@b.c", "a\u{FFFF}@b.c", "a\u{FFFD}@b.c",
        "a\u{378}@b.c", "a@b\u{378}.c", "a\u{10FFFF}@b.c", "a@b\u{E000}.c",
        // Other forms of what has one, and symbols.
        "a＠b.c", "ａ@b.c", "a@ｂ.c", "ª@b.c", "a@ⓑ.c", "☃@b.c", "a@☃.net", "😀@b.c", "a’b@c.d", "a@b’c.d", "a@b·c.d",
        // Labels that are none.
        "a@bücher-.de", "a@-bücher.de", "a@bü--x.de", "a@אa.com", "a@aא.com", "a@1א.com",
        "\(String(repeating: "a", count: 65))@b.c", "\(String(repeating: "ö", count: 33))@b.c",
        "a@\(String(repeating: "b", count: 64)).c", "a@\(String(repeating: "ü", count: 60)).c",
        "a@\(String(repeating: "b.", count: 126))cd", "ab@\(String(repeating: "b.", count: 125))cd",
        "a@\(String(repeating: "ü.", count: 40))de",
    ])
    func whatCannotBeMailedToIsNone(text: String) {
        #expect(EmailAddress.normalized(text) == nil, "\(Array(text.unicodeScalars))")
    }

    @Test func twoSpellingsOfAMailboxHaveOneKey() {
        #expect(EmailAddress.key("Sam.Rivera@Example.COM") == "sam.rivera@example.com")
        // Nothing but ASCII has a case here: the Kelvin sign is no k, and composed letters are no decomposed ones.
        for (left, right) in [("\u{212A}@b.c", "k@b.c"), ("É@b.c", "é@b.c"), ("é@b.c", "e\u{301}@b.c")] {
            #expect(!EmailAddress.key(left).utf8.elementsEqual(EmailAddress.key(right).utf8))
        }
    }

    /// Marks in any number cost what their bytes cost.
    @Test func aLongTextIsRefusedAtOnce() {
        let marks = String(repeating: "\u{345}", count: 30_000) + String(repeating: "\u{334}", count: 30_000)
        let begun = SystemClock.monotonic()
        #expect(EmailAddress.normalized("e\(marks)@b.c") == nil)
        #expect(EmailAddress.normalized("a@e\(marks)") == nil)
        #expect(PhoneNumber.normalized("+\(marks)") == nil)
        #expect(SystemClock.monotonic() - begun < 100_000_000)
    }
}

@Suite struct PhoneNumberTests {
    @Test(
        arguments: [
            ("+12025550100", "+12025550100"), ("+1 202 555 0100", "+12025550100"), ("+1-202-555-0100", "+12025550100"),
            ("+1 (202) 555-0100", "+12025550100"), ("+1.202.555.0100", "+12025550100"),
            ("+49 (0)30 1234567", "+49301234567"),
            ("+49 (0) 30/1234567", "+49301234567"), ("0049 30 1234567", "+49301234567"),
            (" +44 20 7946 0018 ", "+442079460018"), ("00 49 30 123456", "+4930123456"),
            ("(0049) 30 123456", "+4930123456"), ("(+49)30 123456", "+4930123456"),
            ("00-49-30-123456", "+4930123456"), ("+ 49 30 123456", "+4930123456"), ("+(49) 30 123456", "+4930123456"),
            ("+44\u{A0}20\u{202F}7946\u{2011}0018", "+442079460018"), ("+6834000", "+6834000"),
            ("+123456789012345", "+123456789012345"),
            ("(+1) 202 555 0100", "+12025550100"), ("\u{FEFF}+12025550100\u{3000}", "+12025550100"),
        ] as [(String, String)])
    func aNumberIsKeptAsItIsDialled(text: String, expected: String) {
        #expect(PhoneNumber.normalized(text) == expected)
    }

    @Test(arguments: [
        "", "1", "+", "+1", "+123456", "+1234567890123456", "030 1234567", "202-555-0100", "+0 202 555 0100",
        "000 202 555 0100", "++12025550100", "+1+2025550100", "12025550100", "+1202555O100", "+1 202 555 0100 x12",
        "+1 202 555 0100;ext=12", "tel:+12025550100", "+1 (202 555 0100", "+1 202) 555 0100", "+1 ((202)) 555 0100",
        "+1 () 202 555 0100", "+١٢٠٢٥٥٥٠١٠٠", "＋12025550100", "+1202\u{200B}5550100", "+1\u{202E}2025550100",
        "+1,2025550100",
        "+1202555\n0100", "phone", "+1*2025550100", "+1#2025550100",
    ])
    func whatOthersCannotDialIsNone(text: String) {
        #expect(PhoneNumber.normalized(text) == nil)
    }
}
