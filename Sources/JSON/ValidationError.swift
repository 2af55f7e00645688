import Scheduling

/// Everything that is wrong with one request.
public struct ValidationError: Error, Hashable, Sendable {
    public let errors: [FieldError]

    public init(errors: [FieldError]) {
        self.errors = errors
    }
}

extension ValidationError: CustomStringConvertible {
    /// Codes alone: a pointer may hold a key that the client made up.
    public var description: String {
        "\(errors.count) field errors: " + Set(errors.map(\.code.exact)).sorted().map(\.text).joined(separator: ", ")
    }
}
