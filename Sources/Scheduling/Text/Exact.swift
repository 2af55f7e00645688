/// A stored text in a type with synthesized `==` and `hash`. It is compared and hashed as ``ExactText``, and is a
/// `String` otherwise.
///
///     struct Contact: Hashable {
///         @Exact var name: String
@propertyWrapper
public struct Exact<Value: ExactlyComparable> {
    public var wrappedValue: Value

    @inlinable
    public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
}

extension Exact: Hashable {
    @inlinable
    public static func == (left: Exact, right: Exact) -> Bool { left.wrappedValue.isExactly(right.wrappedValue) }

    @inlinable
    public func hash(into hasher: inout Hasher) { wrappedValue.hashExactly(into: &hasher) }
}

extension Exact: Sendable where Value: Sendable {}

/// One or more texts that can be compared by bytes.
public protocol ExactlyComparable {
    func isExactly(_ other: Self) -> Bool
    func hashExactly(into hasher: inout Hasher)
}

extension String: ExactlyComparable {
    @inlinable
    public func isExactly(_ other: String) -> Bool { exact == other.exact }

    @inlinable
    public func hashExactly(into hasher: inout Hasher) { exact.hash(into: &hasher) }
}

extension Optional: ExactlyComparable where Wrapped: ExactlyComparable {
    @inlinable
    public func isExactly(_ other: Wrapped?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let left?, let right?): left.isExactly(right)
        case (nil, _?), (_?, nil): false
        }
    }

    @inlinable
    public func hashExactly(into hasher: inout Hasher) {
        hasher.combine(self == nil)
        self?.hashExactly(into: &hasher)
    }
}

extension Array: ExactlyComparable where Element: ExactlyComparable {
    @inlinable
    public func isExactly(_ other: [Element]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.isExactly($1) }
    }

    @inlinable
    public func hashExactly(into hasher: inout Hasher) {
        hasher.combine(count)
        for element in self { element.hashExactly(into: &hasher) }
    }
}
