/// The JSON values that all supported databases can store: PostgreSQL's `jsonb` has no U+0000, and at most 16,383
/// decimals.
enum StorageRule {
    /// The first error, with a pointer relative to `value`. Only the first, because deep pointers repeat the client's
    /// keys, and a hundred of them would turn a small body into a large answer.
    static func firstError(in value: JSON) -> FieldError? {
        switch value {
        case .null, .bool:
            return nil
        case .number(let number):
            let isFine = number.text.utf8.count <= 100 && abs(number.exponent) <= 308
            return isFine ? nil : tooLong
        case .string(let text):
            return text.utf8.contains(0) ? nul : nil
        case .array(let items):
            for (index, item) in items.enumerated() {
                if let error = firstError(in: item) { return error.inside("/\(index)") }
            }
            return nil
        case .object(let object):
            for (key, member) in object {
                if key.utf8.contains(0) { return nul }
                if let error = firstError(in: member) { return error.inside(JSONPointer.appending(key, to: "")) }
            }
            return nil
        }
    }

    private static let nul = FieldError(
        pointer: "", code: "invalid_characters", message: "must not contain the character U+0000")

    private static let tooLong = FieldError(
        pointer: "", code: "out_of_range",
        message: "must be a number of at most 100 characters with an exponent from -308 to 308")
}

extension FieldError {
    func inside(_ outer: String) -> FieldError {
        FieldError(pointer: outer + pointer, code: code, message: message)
    }
}
