import Scheduling
import Testing

/// Texts are told apart by their bytes, at a cost that grows with their length alone.
struct ExactTextTests {
    /// Canonically equivalent, hence equal as `String`.
    static let twins = [
        ("\u{E9}", "e\u{301}"), ("K", "\u{212A}"), ("\u{C5}", "\u{212B}"), (";", "\u{37E}"),
        ("a\u{323}\u{307}", "a\u{307}\u{323}"), ("\u{AC00}", "\u{1100}\u{1161}"),
    ]

    @Test(arguments: twins)
    func equivalentTextsAreTwo(_ one: String, _ other: String) {
        #expect(one == other)
        #expect(one.exact != other.exact)
        #expect(Set([one.exact, other.exact]).count == 2)
        #expect([one.exact: 1][other.exact] == nil)
        #expect((one.exact < other.exact) != (other.exact < one.exact))
        #expect(!"\(one)x".exact.hasPrefix(other.exact))
        #expect(!"x\(one)".exact.hasSuffix(other.exact))
        #expect(!"x\(one)x".exact.contains(other.exact))
    }

    @Test(arguments: ["", "a", "sixteen bytes!!!", "seventeen bytes!!", String(repeating: "\u{1F600}", count: 100)])
    func sameBytesAreOne(_ text: String) {
        let copy = String(decoding: Array(text.utf8), as: UTF8.self)
        #expect(text.exact == copy.exact)
        #expect(text.exact.hashValue == copy.exact.hashValue)
        #expect(text.exact != (copy + "x").exact)
        #expect(text.exact == text[...].exact)
        for place in text.utf8.indices.dropFirst() {
            var bytes = Array(text.utf8)
            bytes[text.utf8.distance(from: text.utf8.startIndex, to: place)] ^= 1
            #expect(text.exact != String(decoding: bytes, as: UTF8.self).exact)
        }
    }

    @Test func textsAreSearchedByBytes() {
        let text: ExactText = "\t Gzip;q=1, br , ,deflate\t"
        #expect(text.split(separator: ",").map(\.trimmed) == ["Gzip;q=1", "br", "", "deflate"])
        #expect(text.split(separator: ",", maxSplits: 1).count == 2)
        #expect(("a,,b" as ExactText).split(separator: ",", omittingEmptySubsequences: false) == ["a", "", "b"])
        #expect(("a,,b" as ExactText).split(separator: ",") == ["a", "b"])
        #expect(("Bearer x" as ExactText).hasPrefix("Bearer "))
        #expect(("sub.almanac" as ExactText).hasSuffix(".almanac"))
        #expect(("aab" as ExactText).contains("ab" as ExactText))
        #expect(!("aab" as ExactText).contains("ba" as ExactText))
        #expect(("a" as ExactText).contains("" as ExactText))
        #expect(("W/\"1\"" as ExactText).dropFirst(2) == "\"1\"")
        #expect(("   " as ExactText).trimmed.isEmpty)
        switch text.trimmed.dropLast(8) {
        case "Gzip;q=1, br , ": break
        default: Issue.record("a pattern is compared")
        }
    }

    @Test func onlyLettersOfASCIIChangeCase() {
        #expect(("WebSocket\u{212A}\u{130}\u{C5}" as ExactText).asciiLowercased == "websocket\u{212A}\u{130}\u{C5}")
        #expect(("freq=\u{E9}" as ExactText).asciiUppercased == "FREQ=\u{E9}")
        #expect(("UPGRADE" as ExactText).isEqual(ignoringASCIICaseOf: "upgrade"))
        #expect(!("upgra\u{212A}" as ExactText).isEqual(ignoringASCIICaseOf: "upgrak"))
        #expect(("a\tz~ " as ExactText).isPlainASCII)
        #expect(!("a\u{7F}" as ExactText).isPlainASCII)
        #expect(!("\u{E9}" as ExactText).isPlainASCII)
    }

    struct Person: Hashable {
        @Exact var name: String
        @Exact var nick: String?
        @Exact var others: [String] = []
    }

    @Test(arguments: twins)
    func markedTextsTakePartByTheirBytes(_ one: String, _ other: String) {
        let person = Person(name: one, nick: one, others: [one])
        #expect(person == Person(name: one, nick: one, others: [one]))
        #expect(person != Person(name: other, nick: one, others: [one]))
        #expect(person != Person(name: one, nick: other, others: [one]))
        #expect(person != Person(name: one, nick: nil, others: [one]))
        #expect(person != Person(name: one, nick: one, others: [other]))
        #expect(Set([person, Person(name: other, nick: one, others: [one])]).count == 2)
    }

    private enum Letter: String, CaseIterable { case kelvin = "K", semicolon = ";" }

    @Test func aCaseIsNamedByItsBytes() {
        #expect(Letter(named: "K") == .kelvin)
        #expect(Letter(rawValue: "\u{212A}") == .kelvin)
        #expect(Letter(named: "\u{212A}") == nil)
        #expect(Letter(named: "\u{37E}") == nil)
    }

    /// Twice as long, at most some three times the time; normalizing takes seconds for this.
    @Test func marksCostTheirLength() {
        let text = "e" + String(repeating: "\u{345}", count: 500_000) + String(repeating: "\u{334}", count: 500_000)
        let other = text + "x"
        let time = ContinuousClock().measure {
            #expect(text.exact != other.exact)
            #expect(other.exact.hasPrefix(text.exact))
            #expect(Set([text.exact, other.exact]).count == 2)
            #expect(text.exact.split(separator: ",").count == 1)
            #expect(text.exact.asciiLowercased == text.exact)
            #expect(text.exact.trimmed == text.exact)
        }
        #expect(time < .seconds(30))
    }
}
