/// What a request's body ends with when its client is too slow with it; it is answered with 408.
public struct BodyTimeout: Error {
    public init() {}
}
