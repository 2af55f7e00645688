/// The rule of a text field. Lengths count Unicode scalars.
struct TextRule {
    var min: Int
    var max: Int
    var trimmed: Bool
    var multiline: Bool

    /// The text of `value`, trimmed if the rule says so. Records one error and returns nil if it breaks the rule.
    func read(_ value: JSON, at pointer: @autoclosure () -> String, _ errors: FieldErrors) -> String? {
        guard case .string(let sent) = value else {
            errors.add(pointer(), code: "type", message: "must be a string")
            return nil
        }
        let text = trimmed ? Self.trim(sent) : sent
        var count = 0
        for byte in text.utf8 {
            guard allows(byte) else {
                errors.add(pointer(), code: "invalid_characters", message: charactersMessage)
                return nil
            }
            if byte & 0xC0 != 0x80 { count += 1 }  // all but continuation bytes begin a scalar
        }
        if count < min {
            errors.add(pointer(), code: "too_short", message: lengthMessage)
            return nil
        }
        if count > max {
            errors.add(pointer(), code: "too_long", message: lengthMessage)
            return nil
        }
        return text
    }

    private func allows(_ byte: UInt8) -> Bool {
        switch byte {
        // Windows ends lines with both.
        case UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): multiline
        case 0..<0x20, 0x7F: false
        default: true
        }
    }

    private var charactersMessage: String {
        multiline
            ? "must not contain control characters other than tab and line breaks"
            : "must be one line without control characters"
    }

    private var lengthMessage: String {
        switch min {
        case ...0: "must be at most \(max) characters"
        case max: "must be exactly \(max) characters"
        default: "must be from \(min) to \(max) characters"
        }
    }

    private static func trim(_ text: String) -> String {
        if let first = text.utf8.first, first.isPrintable, let last = text.utf8.last, last.isPrintable { return text }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension UInt8 {
    fileprivate var isPrintable: Bool { self > 0x20 && self < 0x7F }
}
