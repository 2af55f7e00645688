@testable import JSON
import Testing

/// What RFC 8259 accepts and refuses.
struct JSONParserTests {
    private func refusal(_ text: String, limits: JSONLimits = JSONLimits()) -> JSONParseError? {
        refusal(Array(text.utf8), limits: limits)
    }

    private func refusal(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONParseError? {
        do throws(JSONParseError) {
            _ = try JSON.parse(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test func theExamplesOfTheRFCAreRead() throws {
        let image = try JSON.parse(
            """
            { "Image": { "Width": 800, "Title": "View from 15th Floor", "Animated" : false, "IDs": [116, 943, 234] } }
            """.utf8)
        #expect(image["Image"]?["Width"]?.int == 800)
        #expect(image["Image"]?["Title"]?.string == "View from 15th Floor")
        #expect(image["Image"]?["Animated"]?.bool == false)
        #expect(image["Image"]?["IDs"]?.array == [116, 943, 234])
        #expect(try JSON.parse("\"Hello world!\"".utf8) == "Hello world!")
        #expect(try JSON.parse(" \t\r\n null \t\r\n ".utf8) == nil)
    }

    @Test func anyContiguousOrOtherCollectionIsRead() throws {
        let bytes = Array("xx[1,2]xx".utf8)
        #expect(try JSON.parse(bytes[2..<7]) == [1, 2])
        #expect(try bytes.withUnsafeBytes { try JSON.parse($0[2..<7]) } == [1, 2])
        #expect(try JSON.parse(bytes[2..<7].lazy.map { $0 }) == [1, 2])
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u00E9""#, "éé"), (#""\u0000""#, "\0"),
        (#""\uD83D\uDCC5""#, "\u{1F4C5}"), (#""\ud83d\udcc5x""#, "\u{1F4C5}x"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
        (#""\uFFFF""#, "\u{FFFF}"), ("\"\u{7F}\u{2028}\u{FEFF}\"", "\u{7F}\u{2028}\u{FEFF}"), (#""""#, ""),
    ])
    func escapesAreRead(document: String, text: String) throws {
        let read = try #require(try JSON.parse(document.utf8).string)
        #expect(Array(read.utf8) == Array(text.utf8))
    }

    @Test(arguments: [
        "0", "-0", "12", "-12", "0.5", "1.10", "1e5", "1E+5", "1e-05", "-0.0e-0", "123456789012345678901234567890",
        "1e999999999", "0.30000000000000004",
    ])
    func numbersKeepTheirLiteral(literal: String) throws {
        #expect(try JSON.parse(literal.utf8).text == literal)
        #expect(try JSON.parse("[\(literal)]".utf8).text == "[\(literal)]")
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10",
        "1_000", "--1", "'a'", "\"", "\"a", #""\"#, #""\x""#, #""\u12""#, #""\u12g4""#, "[", "[1", "[1,", "[1,]",
        "[,1]", "[1 2]", "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}", "[1]]", "1 2", "null,", "// c\n1", "[1/**/]", "\u{A0}1", "\u{FEFF}1", "\"\t\"", "\"\n\"",
        "\"\u{0}\"", "\"\u{1F}\"", "\u{0}", "1\u{0}", #""\uD800""#, #""\uDC00""#, #""\uD800\uD800""#, #""\uD800x""#,
        #""\uD800\n""#, #""\uDC00\uD800""#, #""\uD800\u0041""#, "{\"a\":1]", "[1}",
    ])
    func whatTheGrammarLacksIsMalformed(document: String) {
        #expect(refusal(document)?.code == .malformed)
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80],
            [0xFF],
        ] as [[UInt8]])
    func invalidUTF8IsRefusedWhereItStands(bytes: [UInt8]) {
        let plain = refusal([0x22, 0x61] + bytes + [0x22])
        #expect(plain?.code == .invalidUTF8)
        #expect(plain?.offset == 2)
        let escaped = refusal(Array(#"["é\n"#.utf8) + bytes + [0x22, 0x5D])
        #expect(escaped?.code == .invalidUTF8)
        #expect(escaped?.offset == 6)
        #expect(refusal([0x7B, 0x22] + bytes + Array(#"":1}"#.utf8))?.code == .invalidUTF8)
    }

    @Test func anEscapeDoesNotMendBrokenUTF8() {
        #expect(refusal([0x22, 0xC3] + Array(#"\u00A9""#.utf8))?.code == .invalidUTF8)
        #expect(refusal(Array(#""\u00C3"#.utf8) + [0xA9, 0x22])?.code == .invalidUTF8)
    }

    @Test func aByteOrderMarkIsRefused() {
        let error = refusal([0xEF, 0xBB, 0xBF, 0x31])
        #expect(error?.code == .malformed)
        #expect(error?.message == "a byte order mark is not allowed at byte 0")
    }

    @Test func aKeyThatComesTwiceIsRefused() {
        let error = refusal(#"{"a":{"b/c":[{"x":1,"\u0078":2}]}}"#)
        #expect(error?.code == .duplicateKey)
        #expect(error?.pointer == "/a/b~1c/0/x")
        #expect(error?.offset == 20)
        let many = (0..<50).map { "\"k\($0)\":0," }.joined()
        #expect(refusal("{\(many)\"k31\":0}")?.pointer == "/k31")
    }

    @Test func keysAreComparedByteByByte() throws {
        let object = try #require(try JSON.parse("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8).object)
        #expect(object.count == 2)
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test func depthIsLimited() {
        let nested = { (depth: Int) in
            String(repeating: "[{\"a\":", count: depth / 2) + "1" + String(repeating: "}]", count: depth / 2)
        }
        #expect(refusal(nested(32)) == nil)
        #expect(refusal(nested(34))?.code == .depth)
        #expect(refusal("[[1]]", limits: JSONLimits(maxDepth: 1))?.code == .depth)
        #expect(JSONLimits(maxDepth: 1_000_000).maxDepth == 256)
    }

    @Test func theNumberOfValuesIsLimited() {
        #expect(refusal("[1,{\"a\":2}]", limits: JSONLimits(maxValues: 4)) == nil)
        #expect(refusal("[1,{\"a\":2}]", limits: JSONLimits(maxValues: 3))?.code == .tooManyValues)
    }

    @Test func errorsNameThePlaceAndQuoteNothing() {
        let error = refusal(#"{"calendar":{"hours":[1,{"start":secret}]}}"#)
        #expect(error?.pointer == "/calendar/hours/1/start")
        #expect(error?.offset == 33)
        #expect(error?.message == "expected a value at byte 33")
        #expect(error.map(String.init(describing:)) == "malformed: expected a value at byte 33")
        #expect(refusal("[1,")?.message == "expected a value, found the end of the document at byte 3")
        #expect(refusal("{\"\(String(repeating: "k", count: 300))\":x}")?.pointer == nil)
        #expect(JSONParseError.Code.invalidUTF8.rawValue == "invalid_utf8")
    }
}
