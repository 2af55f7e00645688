extension JSONNumber {
    /// A literal as an integer.
    enum Integer: Equatable {
        case exactly(Int64)
        case tooLarge
        case fractional
    }

    /// One pass over the literal: it is `digits × 10^power`, and the last digit is not 0, so it is an integer exactly
    /// if `power ≥ 0`. The power is never raised, only compared, so `1e999999999` costs nothing.
    var integer: Integer {
        let decimal = Decimal(text)
        guard decimal.digits > 0 else { return .exactly(0) }
        guard decimal.power >= 0 else { return .fractional }
        guard decimal.digits + decimal.power <= 19 else { return .tooLarge }
        return value(digits: decimal.digits, power: decimal.power).map(Integer.exactly) ?? .tooLarge
    }

    /// The written exponent, limited to ±10¹².
    var exponent: Int { Decimal(text).exponent }

    /// The one spelling of all literals of this number: `15e-1` for `1.50`.
    var canonical: [UInt8] {
        let decimal = Decimal(text)
        guard decimal.digits > 0 else { return [UInt8(ascii: "0")] }
        var bytes: [UInt8] = text.utf8.first == UInt8(ascii: "-") ? [UInt8(ascii: "-")] : []
        var taken = 0
        for byte in text.utf8 where byte.digit != nil {
            if taken == 0 && byte.digit == 0 { continue }
            bytes.append(byte)
            taken += 1
            if taken == decimal.digits { break }
        }
        if decimal.power != 0 {
            bytes.append(UInt8(ascii: "e"))
            bytes.appendDecimal(Int64(decimal.power))
        }
        return bytes
    }

    /// Adds the significant digits, at most 19, and then `power` zeros.
    private func value(digits: Int, power: Int) -> Int64? {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        var value: Int64 = 0
        var taken = 0
        func push(_ digit: Int64) -> Bool {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(isNegative ? -digit : digit)
            value = sum
            return !overflow && !carry
        }
        for byte in text.utf8 {
            guard let digit = byte.digit else { continue }
            if taken == 0 && digit == 0 { continue }
            guard push(Int64(digit)) else { return nil }
            taken += 1
            if taken == digits { break }
        }
        for _ in 0..<power {
            guard push(0) else { return nil }
        }
        return value
    }
}

/// The parts of a literal: its significant `digits` (no zeros at either end), times `10^power`.
private struct Decimal {
    var digits = 0
    var power = 0
    var exponent = 0

    init(_ literal: String) {
        var sawPoint = false
        var sawExponent = false
        var exponentIsNegative = false
        var trailingZeros = 0
        var fractionDigits = 0
        for byte in literal.utf8 {
            if let digit = byte.digit {
                if sawExponent {
                    exponent = min(exponent * 10 + digit, 1_000_000_000_000)
                    continue
                }
                if sawPoint { fractionDigits += 1 }
                if digit != 0 {
                    digits += trailingZeros + 1
                    trailingZeros = 0
                } else if digits > 0 {
                    trailingZeros += 1
                }
            } else if byte == UInt8(ascii: ".") {
                sawPoint = true
            } else if byte | 0x20 == UInt8(ascii: "e") {
                sawExponent = true
            } else if sawExponent && byte == UInt8(ascii: "-") {
                exponentIsNegative = true
            }
        }
        if exponentIsNegative { exponent = -exponent }
        power = exponent - fractionDigits + trailingZeros
    }
}

extension UInt8 {
    fileprivate var digit: Int? {
        self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") ? Int(self - UInt8(ascii: "0")) : nil
    }
}
