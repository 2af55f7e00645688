import Testing

@testable import AlmanacChannels

@Suite struct HeaderTests {
    @Test(arguments: [
        "Hello", "Two words", "Ada's \"best\" \\ day", "Zoë", "漢字", "=?UTF-8?B?SGk=?=", "a =? b",
        "Grüße aus Köln, wo es regnet und regnet und regnet und regnet und regnet und regnet",
        String(repeating: "x", count: 200), String(repeating: "👩‍⚕️é", count: 60),
        String(repeating: "word ", count: 50) + "end",
    ])
    func aSubjectComesBackAsItWas(text: String) {
        let line = MIMEHeader.text("Subject", text).line
        #expect(line.hasSuffix("\r\n"))
        for part in line.dropLast(1).split(separator: "\r\n") {
            #expect(part.utf8.count <= 76)
            #expect(part.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            for word in part.split(separator: " ") where word.hasPrefix("=?") { #expect(word.utf8.count <= 75) }
        }
        let unfolded = line.replacing("\r\n ", with: " ").replacing("\r\n", with: "")
        #expect(ParsedMail.decodeWords(String(unfolded.dropFirst("Subject: ".count))) == text)
    }

    /// Each must be whole characters (RFC 2047 §5); a reader decodes them one by one.
    @Test func noEncodedWordCutsACharacter() {
        let words = EncodedWord.unstructured(String(repeating: "a漢é👩", count: 40), used: 9)
        #expect(words.count > 5)
        for word in words {
            #expect(!ParsedMail.decodeWords(word).contains("\u{FFFD}") && !ParsedMail.decodeWords(word).hasPrefix("=?"))
        }
    }

    @Test(arguments: [
        ("Bob Berger", "To: \"Bob Berger\" <bob@x.org>\r\n"),
        ("O\"Hara, \\ Pat <x@y>", "To: \"O\\\"Hara, \\\\ Pat <x@y>\" <bob@x.org>\r\n"),
        ("Zoë", "To: =?UTF-8?B?Wm/Dqw==?= <bob@x.org>\r\n"),
        ("=?x?=", "To: =?UTF-8?B?PT94Pz0=?= <bob@x.org>\r\n"),
    ])
    func aNameNeverLeavesItsPlace(name: String, expected: String) throws {
        #expect(MIMEHeader.mailbox("To", try MailAddress("bob@x.org"), displayName: name).line == expected)
    }

    @Test(arguments: ["x\r\nBcc: evil@x", "x\nBcc: evil@x", "x\rBcc: evil@x", "Zoë\r\n\r\nbody", "\u{0}x"])
    func noTextEndsItsHeader(text: String) throws {
        for line in [
            MIMEHeader.text("Subject", text).line,
            MIMEHeader.mailbox("To", try MailAddress("bob@x.org"), displayName: text).line,
        ] {
            #expect(line.hasSuffix("\r\n"))
            let inner = line.dropLast(1).replacing("\r\n ", with: " ")
            #expect(!inner.utf8.contains(0x0A) && !inner.utf8.contains(0x0D))
        }
    }
}
