import TestSupport
@testable import JSON
import Testing

struct JSONNumberTests {
    private func number(_ literal: String) throws -> JSONNumber {
        guard case .number(let number) = try JSON.parse(literal.utf8) else { throw CancellationError() }
        return number
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("0.000", 0), ("0e99999999999", 0), ("3.0", 3), ("1e2", 100), ("1.5e1", 15),
            ("1200e-2", 12), ("-7", -7), ("100", 100), ("10.10e1", 101), ("0.05e2", 5), ("9223372036854775807", .max),
            ("-9223372036854775808", .min), ("922337203685477580.7e1", .max), ("1e18", 1_000_000_000_000_000_000),
        ] as [(String, Int64)])
    func integersAreReadInEverySpelling(literal: String, value: Int64) throws {
        #expect(try number(literal).int == value)
    }

    @Test(arguments: [
        "0.5", "1.5", "1e-1", "15e-2", "9223372036854775808", "-9223372036854775809", "1e19", "1e999999999",
        "-1e999999999", "1e-999999999", "123456789012345678901234567890", "1e99999999999999999999999999",
    ])
    func whatIsNoIntegerOrDoesNotFitIsNil(literal: String) throws {
        #expect(try number(literal).int == nil)
    }

    @Test func doublesAreReadWithinTheirRange() throws {
        #expect(try number("0.1").double == 0.1)
        #expect(try number("-2.5E3").double == -2500)
        #expect(try number("1e999999999").double == nil)
        #expect(try number("5e-324").double == .leastNonzeroMagnitude)
    }

    @Test(arguments: 0..<5 as Range<UInt64>)
    func doublesAndIntegersComeBack(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        for _ in 0..<1000 {
            let double = Double(bitPattern: generator.next())
            if double.isFinite {
                #expect(try number(JSONNumber(double).text).double == double, "seed \(seed)")
            }
            let int = Int64.random(in: .min ... .max, using: &generator)
            #expect(try number(JSONNumber(int).text).int == int, "seed \(seed)")
        }
    }
}
