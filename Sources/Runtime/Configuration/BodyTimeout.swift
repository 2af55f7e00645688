/// The error that ends a body whose client is too slow; the answer is 408.
public struct BodyTimeout: Error {
    public init() {}
}
