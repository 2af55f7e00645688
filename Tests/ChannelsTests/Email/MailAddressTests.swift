import Testing

@testable import AlmanacChannels
@testable import AlmanacRuntime

@Suite struct MailAddressTests {
    private func outcome(_ text: String) -> Result<String, UnusableAddress> {
        Result { () throws(UnusableAddress) in try MailAddress(text).spec }
    }

    @Test(arguments: [
        ("bob@example.org", "bob@example.org"), ("a.b+tag@x", "a.b+tag@x"), ("Bob@Example.ORG", "Bob@Example.ORG"),
        // Sent as they are, though no dot-atom (RFC 5322 §3.2.3): some carriers gave such out.
        ("a..b@x.jp", "\"a..b\"@x.jp"), (".a@x.jp", "\".a\"@x.jp"), ("a,b@x", "\"a,b\"@x"), ("a(b@x", "\"a(b\"@x"),
        ("x@bücher.example", "x@xn--bcher-kva.example"), ("x@BÜCHER.example", "x@xn--bcher-kva.example"),
        ("x@例え.テスト", "x@xn--r8jz45g.xn--zckzah"), ("x@münchen。de", "x@xn--mnchen-3ya.de"),
        ("x@bu\u{308}cher.de", "x@xn--bcher-kva.de"), ("x@пример.испытание", "x@xn--e1afmkfd.xn--80akhbyknj4f"),
    ])
    func anAddressIsMadeFitForCommands(text: String, expected: String) {
        #expect(outcome(text) == .success(expected))
    }

    @Test(arguments: [
        "", "bob", "@x", "bob@", "a@b@c", "bob@x> SIZE=1", "bob@x>\r\nRCPT TO:<evil@x", "bob@x\r\nDATA", "bob@x\n",
        "<bob@x", "bob\u{0}@x", "bob @x", " bob@x", "bob@x y", "bob@x\t", "\"a b\"@x", "a\\b@x", "bob@[127.0.0.1]",
        "bob@x_y", "bob@-x", "bob@x-", "bob@x..y", "bob@.x", "bob@x/y", "bob@x%0d", "bob@☃.net", "bob@a\u{200B}b.net",
        String(repeating: "a", count: 65) + "@x", "a@" + String(repeating: "a", count: 64),
        "a@" + String(repeating: "ä", count: 70) + ".de",
    ])
    func whatCouldEndACommandIsRefused(text: String) {
        #expect(outcome(text) == .failure(.malformed))
    }

    @Test(arguments: [("zoë@example.org", "zoë@example.org"), ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v")])
    func lettersOutsideASCIIBeforeTheAtNeedSMTPUTF8(text: String, expected: String) throws {
        let address = try MailAddress(text)
        #expect(address.needsSMTPUTF8)
        #expect(address.spec == expected)
        #expect(try !MailAddress("zoe@bücher.example").needsSMTPUTF8)
    }

    @Test(arguments: [
        ("почемужеонинеговорятпорусски.example", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l.example"),
        ("他们为什么不说中文。example", "xn--ihqwcrb4cv8a8dqg056pqjye.example"),
        ("ليهمابتكلموشعربي.example", "xn--mgbcah9ar9a4efegftvvn.example"),
        ("STRASSE.Bücher.example", "strasse.xn--bcher-kva.example"), ("straße.example", "xn--strae-oqa.example"),
        ("Example.COM", "Example.COM"),
    ])
    func aDomainOfAnyScriptHasAnASCIIForm(domain: String, expected: String) {
        #expect(InternationalDomain.ascii(domain) == expected)
    }

    @Test(arguments: [
        "exam\u{AD}ple.com", "exam\u{200B}ple.com", "a..example", "-a.example", "a-.example", "ü-.example",
        "example.123",
        "a\u{301}.-example", "\u{301}a.example", "אa.example", "aא.example", "ａ.example", "üü--ü.example",
        "a_b.example",
        String(repeating: "ü", count: 64) + ".example", "", ".", "example.com.",
    ])
    func whatNoHostIsCalledIsNone(domain: String) { #expect(InternationalDomain.ascii(domain) == nil) }
}
