/// Collects field errors while one request is read, so that the client gets all at once.
///
/// Belongs to one synchronous function, hence not Sendable.
public final class FieldErrors {
    /// Further errors are dropped: nobody reads them, and a hostile body should not choose the size of the answer.
    public static let maxCount = 100

    public private(set) var all: [FieldError] = []

    public init() {}

    public var isEmpty: Bool { all.isEmpty }
    var isFull: Bool { all.count >= Self.maxCount }

    public func add(_ pointer: String, code: String, message: String) {
        guard !isFull else { return }
        all.append(FieldError(pointer: pointer, code: code, message: message))
    }

    /// Throws if anything was recorded.
    public func check() throws(ValidationError) {
        if !isEmpty { throw ValidationError(errors: all) }
    }
}
