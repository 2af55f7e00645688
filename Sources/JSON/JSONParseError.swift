public import Scheduling

/// Why a document was refused.
public struct JSONParseError: Error, Hashable, Sendable {
    public enum Code: String, Hashable, Sendable {
        case malformed
        case depth
        case duplicateKey = "duplicate_key"
        case invalidUTF8 = "invalid_utf8"
        case tooManyValues = "too_many_values"
    }

    public let code: Code
    /// The byte at which it was noticed, from 0.
    public let offset: Int
    /// The pointer of the value being read (RFC 6901); nil if it would echo more than 256 bytes of the document.
    @Exact public private(set) var pointer: String?
    /// One sentence for people, without quotes from the document.
    @Exact public private(set) var message: String

    init(_ code: Code, at offset: Int, _ reason: String) {
        self.code = code
        self.offset = offset
        self.pointer = ""
        self.message = "\(reason) at byte \(offset)"
    }

    /// The same error, seen from the array or object around the value.
    func inside(_ token: String) -> JSONParseError {
        var outer = self
        outer.pointer = pointer.map { "/" + JSONPointer.escape(token) + $0 }
        if let pointer = outer.pointer, pointer.utf8.count > 256 { outer.pointer = nil }
        return outer
    }
}

extension JSONParseError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(message)" }
}
