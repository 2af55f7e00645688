import Testing

@testable import AlmanacChannels

@Suite struct QuotedPrintableTests {
    @Test(arguments: [
        ("a=b\n", "a=3Db\r\n"), ("é\n", "=C3=A9\r\n"), ("end \nnext\t\n", "end=20\r\nnext=09\r\n"),
        ("\n\n", "\r\n\r\n"),
        ("", "\r\n"), ("no end", "no end\r\n"), (".\n", ".\r\n"), ("\u{0}\r\n", "=00=0D\r\n"),
    ])
    func textIsEncoded(text: String, expected: String) {
        #expect(String(decoding: QuotedPrintable.encode(text), as: UTF8.self) == expected)
    }

    @Test(arguments: 0..<90)
    func noLineIsLongerThan76(padding: Int) {
        let text = String(repeating: "x", count: padding) + String(repeating: "é= 漢", count: 30) + " \n"
        let encoded = String(decoding: QuotedPrintable.encode(text), as: UTF8.self)
        for line in encoded.dropLast(1).split(separator: "\r\n") { #expect(line.utf8.count <= 76) }
        #expect(
            String(decoding: ParsedMail.decodeQuotedPrintable(encoded), as: UTF8.self)
                == text.replacing("\n", with: "\r\n")
        )
    }
}
