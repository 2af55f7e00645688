import TestSupport
@testable import JSON
import Testing

/// Documents made to crash or to stall a parser.
struct JSONHostileInputTests {
    private static let document = Array(
        #"{"a":[1,-2.5e+3,true,false,null,"é\"\\\u00e9\uD83D\uDCC5📅"],"b":{"c":{},"d":[]},"e":"","f":0}"#.utf8)

    @Test(arguments: ["[", "{\"a\":", "[{\"a\":", "[[],"])
    func aMillionLevelsAreRefusedAtTheThirtyThird(opening: String) {
        let bytes = Array(String(repeating: opening, count: 1_000_000).utf8)
        #expect { try JSON.parse(bytes) } throws: { ($0 as? JSONParseError)?.code == .depth }
    }

    @Test func everyTruncationIsRefused() {
        for length in 0..<Self.document.count {
            #expect(throws: JSONParseError.self) { try JSON.parse(Self.document[..<length]) }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func mutationsAreReadOrRefusedAndNeverTrap(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        for _ in 0..<1000 {
            var bytes = Self.document
            for _ in 0...Int.random(in: 0...4, using: &generator) { mutate(&bytes, &generator) }
            do throws(JSONParseError) {
                let json = try JSON.parse(bytes)
                #expect(try JSON.parse(json.serialized()) == json, "seed \(seed)")
            } catch {
                #expect(error.offset <= bytes.count, "seed \(seed)")
                #expect(error.message.utf8.count < 100, "seed \(seed)")
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SplitMix) {
        guard let place = bytes.indices.randomElement(using: &generator) else { return }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[place] = "{}[],:\"\\0-.eu\n".utf8.randomElement(using: &generator)!
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(contentsOf: bytes[place...].prefix(Int.random(in: 1...8, using: &generator)), at: place)
        default: bytes.removeSubrange(place..<min(place + Int.random(in: 1...8, using: &generator), bytes.count))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func manyKeysTakeLinearTime() throws {
        let pairs = (0..<99_000).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
        let object = try #require(try JSON.parse("{\(pairs)}".utf8).object)
        #expect(object.count == 99_000)
        #expect(object["k98999"] == 98_999)
    }

    @Test(.timeLimit(.minutes(1)))
    func spellingsThatSwiftCallsEqualDoNotCollide() throws {
        let pairs = (0..<(1 << 15)).map { spelling in
            let key = (0..<15).map { spelling >> $0 & 1 == 0 ? "\u{E9}" : "e\u{301}" }.joined()
            return "\"\(key)\":0"
        }
        #expect(try JSON.parse("{\(pairs.joined(separator: ","))}".utf8).object?.count == 1 << 15)
    }

    @Test(.timeLimit(.minutes(1)))
    func aPatchThatRemovesManyKeysTakesLinearTime() {
        let target = JSONObject((0..<50_000).map { ("k\($0)", 1) })
        let patch = JSONObject((0..<50_000).map { ("k\($0)", nil) })
        #expect(JSON.object(target).mergePatch(.object(patch)) == [:])
    }

    @Test(.timeLimit(.minutes(1)))
    func hugeNumbersAreCheap() throws {
        let zeros = String(repeating: "0", count: 1_000_000)
        for literal in ["1e999999999", "1e-999999999", "-1e99999999999999999999999", "1\(zeros)", "0.\(zeros)1"] {
            guard case .number(let number) = try JSON.parse(literal.utf8) else { return }
            #expect(number.int == nil)
            _ = number.double
        }
        let one = try JSON.parse("0.\(zeros)1e1000001".utf8)
        #expect(one.int == 1)
    }
}
