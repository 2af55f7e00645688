import TestSupport
@testable import JSON
import Testing

@Suite struct JSONCanonicalTests {
    private func canonical(_ text: String) throws -> String {
        String(decoding: try JSON.parse(Array(text.utf8)).canonical(), as: UTF8.self)
    }

    @Test(arguments: [
        [#"{"a":"é","b":1}"#, #"{ "b" : 1.0 , "\u0061" : "\u00e9" }"#, "{\n\t\"b\": 10e-1,\r\n\"a\": \"\\u00E9\"}"],
        ["1", "1.0", "1e0", "1E+0", "10e-1", "0.1e1", "1.000"], ["0", "-0", "0.0", "-0e5", "0E-3"],
        ["100", "1e2", "1.00e2", "0.1e3"], ["-1.5", "-15e-1", "-1.50"],
        ["[1,[2,{}]]", " [ 1 , [ 2 , { } ] ] "], [#""\/\u0041\ud83d\ude00""#, #""/A😀""#],
        [#"{"x":{"b":null,"a":[true]}}"#, #"{"x":{"a":[true],"b":null}}"#],
        ["123456789012345678901234567890", "1.2345678901234567890123456789e29"],
    ])
    func equalValuesHaveOneSpelling(texts: [String]) throws {
        let spellings = Set(try texts.map(canonical))
        #expect(spellings.count == 1, "\(spellings)")
        // It is JSON of the same value, and its own spelling.
        let only = try #require(spellings.first)
        #expect(try canonical(only) == only)
        #expect(texts.allSatisfy { JSON.areEqual(Array($0.utf8), Array(only.utf8)) })
    }

    @Test(arguments: [
        ("\"\u{e9}\"", "\"e\u{301}\""), ("\"K\"", "\"\u{212A}\""), ("1", "\"1\""), ("1", "-1"), ("1", "10"),
        ("[1,2]", "[2,1]"),
        ("{}", "[]"), (#"{"a":null}"#, "{}"), ("12", "1.2"), ("9007199254740993", "9007199254740992"),
        ("null", "false"),
        (#"{"a":"","b":1}"#, #"{"a":1,"b":""}"#), (#"{"a,b":1}"#, #"{"a":1,"b":1}"#), ("1e5", "1e-5"), ("[[]]", "[]"),
    ])
    func otherValuesHaveAnother(left: String, right: String) throws {
        #expect(try canonical(left).utf8.elementsEqual(canonical(right).utf8) == false)
        #expect(!JSON.areEqual(Array(left.utf8), Array(right.utf8)))
    }

    @Test func randomValuesKeepTheirsWhateverTheirSpelling() throws {
        for seed in UInt64(1)...200 {
            var random = SplitMix(seed: seed)
            let value = RandomJSON.value(&random)
            let again = try JSON.parse(value.canonical())
            #expect(again.canonical() == value.canonical(), "seed \(seed)")
        }
    }

    @Test func whatIsNoJSONEqualsItselfAlone() {
        #expect(JSON.areEqual([1, 2], [1, 2]) && !JSON.areEqual([1, 2], [1]) && !JSON.areEqual([], Array("{}".utf8)))
    }
}
