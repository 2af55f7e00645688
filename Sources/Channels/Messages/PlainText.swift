/// Makes users' texts safe for messages: removes control characters, and marks that change the direction of writing and
/// so can disguise a text.
enum PlainText {
    /// The text with `\n` as the only line break.
    static func lines(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n" where afterReturn: break
            case "\r", "\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}": result.append("\n")
            case "\t": result.append(scalar)
            default: if !isHidden(scalar) { result.append(scalar) }
            }
            afterReturn = scalar == "\r"
        }
        return String(result)
    }

    /// The text on one line, with single spaces and none at the ends; nil if nothing is left.
    static func line(_ text: String?) -> String? {
        guard let text else { return nil }
        let words = lines(text).unicodeScalars.split { $0 == " " || $0 == "\t" || $0 == "\n" }
        let line = words.map { String($0) }.joined(separator: " ")
        return line.isEmpty ? nil : line
    }

    /// The text without blank lines at its ends; nil if nothing is left.
    static func paragraph(_ text: String?) -> String? {
        guard let text else { return nil }
        let lines = lines(text).unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        let isBlank = { (line: Substring.UnicodeScalarView) in line.allSatisfy { $0 == " " || $0 == "\t" } }
        guard let first = lines.firstIndex(where: { !isBlank($0) }), let last = lines.lastIndex(where: { !isBlank($0) })
        else { return nil }
        return lines[first...last].map { String($0) }.joined(separator: "\n")
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0: true
        // Marks of direction (embeddings, overrides, isolates), annotations, and the byte order mark.
        case 0x202A...0x202E, 0x2066...0x2069, 0xFFF9...0xFFFB, 0xFEFF: true
        default: false
        }
    }
}
