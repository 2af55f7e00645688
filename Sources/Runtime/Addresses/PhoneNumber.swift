/// Phone numbers as the whole world dials them (ITU-T E.164): a plus, the country, the number.
public enum PhoneNumber {
    /// ITU-T E.164 §6.1 has at most 15 digits; no country's numbers are shorter than 7 with its code.
    private static let digits = 7...15
    /// More than any usual spelling takes.
    private static let maxBytes = 80

    /// `+` and digits; nil if the text is no number, or a number that only its own country can dial.
    ///
    /// Removes spaces, hyphens, dots, slashes and parentheses after the plus, and a `(0)`, which is dialled only within
    /// the country. `00` stands for the plus.
    public static func normalized(_ text: String) -> String? {
        guard text.utf8.count <= maxBytes else { return nil }
        var rest = OuterSpace.trimmed(text)[...]
        /// How many digits came before the parenthesis that is open; one may stand before the plus.
        var openedAt: Int?
        if rest.first == "(" {
            rest = rest.dropFirst()
            openedAt = 0
        }
        if rest.starts(with: "00".unicodeScalars) {
            rest = rest.dropFirst(2)
        } else if rest.popFirst() != "+" {
            return nil
        }
        var number: [UInt8] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "0"..."9": number.append(UInt8(truncatingIfNeeded: scalar.value))
            case "(":
                guard openedAt == nil else { return nil }
                if !number.isEmpty, rest.starts(with: "0)".unicodeScalars) {
                    rest = rest.dropFirst(2)
                } else {
                    openedAt = number.count
                }
            case ")":
                guard let before = openedAt, number.count > before else { return nil }
                openedAt = nil
            default:
                guard isSeparator(scalar) else { return nil }
            }
            guard number.count <= digits.upperBound else { return nil }
        }
        // No country code begins with 0.
        guard digits.contains(number.count), number.first != UInt8(ascii: "0"), openedAt == nil else { return nil }
        return "+" + String(decoding: number, as: UTF8.self)
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "-", ".", "/", "\u{A0}", "\u{2007}", "\u{2009}", "\u{200A}", "\u{202F}", "\u{2010}"..."\u{2013}": true
        default: false
        }
    }
}
