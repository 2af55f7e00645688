import Scheduling

/// All errors of one request.
public struct ValidationError: Error, Hashable, Sendable {
    public let errors: [FieldError]

    public init(errors: [FieldError]) {
        self.errors = errors
    }
}

extension ValidationError: CustomStringConvertible {
    /// Only codes, because a pointer may contain a key from the client.
    public var description: String {
        "\(errors.count) field errors: " + Set(errors.map(\.code.exact)).sorted().map(\.text).joined(separator: ", ")
    }
}
