import TestSupport
import Testing

@testable import Realtime

@Suite struct UTF8ValidatorTests {
    private static func accepts(_ parts: [UInt8]...) -> Bool {
        var validator = UTF8Validator()
        for part in parts where !part.withUnsafeBytes({ validator.take($0) }) { return false }
        return validator.isComplete
    }

    /// The borders of RFC 3629's table, and what lies right beyond them.
    @Test(
        arguments: [
            ([0x00], true), ([0x7F], true), ([0xC2, 0x80], true), ([0xDF, 0xBF], true), ([0xE0, 0xA0, 0x80], true),
            ([0xED, 0x9F, 0xBF], true), ([0xEE, 0x80, 0x80], true), ([0xEF, 0xBF, 0xBF], true),
            ([0xF0, 0x90, 0x80, 0x80], true), ([0xF4, 0x8F, 0xBF, 0xBF], true),
            ([0x80], false), ([0xC0, 0xAF], false), ([0xC1, 0xBF], false), ([0xE0, 0x9F, 0xBF], false),
            ([0xED, 0xA0, 0x80], false), ([0xF0, 0x8F, 0xBF, 0xBF], false), ([0xF4, 0x90, 0x80, 0x80], false),
            ([0xF5, 0x80, 0x80, 0x80], false), ([0xFF], false), ([0xC2], false), ([0xE1, 0x80], false),
            ([0xC2, 0x41], false), ([0xE1, 0x80, 0x41], false), ([0xF1, 0x80, 0x80, 0xC0], false),
        ] as [([UInt8], Bool)])
    func theBordersOfTheTableAreKept(bytes: [UInt8], isValid: Bool) {
        #expect(Self.accepts(bytes) == isValid)
        // Behind eight ASCII bytes, so that the fast path has been left before.
        #expect(Self.accepts(Array("12345678x".utf8) + bytes) == isValid)
    }

    @Test func aByteThatNothingCanMendIsNoticedAtOnce() {
        var validator = UTF8Validator()
        let start: [UInt8] = [0xCE, 0xBA, 0xF4]
        #expect(start.withUnsafeBytes { validator.take($0) })
        let worse: [UInt8] = [0x90]
        #expect(!worse.withUnsafeBytes { validator.take($0) })
    }

    /// The standard library is the oracle; wherever a text is cut, the answer is the same.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func randomBytesAreJudgedAsTheStandardLibraryDoes(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let pieces: [[UInt8]] = [
            [0x41], Array("abcdefghij".utf8), Array("é".utf8), Array("€".utf8), Array("𝄞".utf8), [0xC2], [0x80], [0xED],
            [0xA0], [0xF4], [0x90], [0xE0], [0x9F], [0xFF],
        ]
        for _ in 0..<500 {
            let count = Int.random(in: 0...6, using: &random)
            let bytes = (0..<count).flatMap { _ in pieces.randomElement(using: &random) ?? [] }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            let wrong = (0...bytes.count).filter { cut in
                Self.accepts(Array(bytes[..<cut]), Array(bytes[cut...])) != isValid
            }
            if !wrong.isEmpty { Issue.record("seed \(seed): \(bytes) cut at \(wrong)") }
        }
    }
}
