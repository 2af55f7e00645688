/// A point on the UTC time line: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Arithmetic saturates at ``distantPast`` and ``distantFuture`` (years 0001 and 9999) and never traps,
/// so every result can be printed as RFC 3339.
public struct Instant: Hashable, Comparable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    @inlinable
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// - Parameter seconds: seconds since 1970-01-01T00:00:00Z; saturates.
    @inlinable
    public init(seconds: Int64) {
        self = Instant(microseconds: 0).adding(seconds: seconds)
    }

    /// 0001-01-01T00:00:00Z.
    public static let distantPast = Instant(microseconds: lowestMicroseconds)

    /// 9999-12-31T23:59:59.999999Z.
    public static let distantFuture = Instant(microseconds: highestMicroseconds)

    // Constants beside the public statics: a `static let` of a public type costs a lazy-initialiser call.
    @usableFromInline static var lowestMicroseconds: Int64 { -62_135_596_800_000_000 }
    @usableFromInline static var highestMicroseconds: Int64 { 253_402_300_799_999_999 }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded towards the past.
    @inlinable
    public var secondsFloor: Int64 {
        let quotient = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }

    @inlinable
    public static func < (lhs: Instant, rhs: Instant) -> Bool {
        lhs.microseconds < rhs.microseconds
    }

    /// The distance from `rhs` to `lhs` in microseconds; saturates.
    @inlinable
    public static func - (lhs: Instant, rhs: Instant) -> Int64 {
        let (distance, overflow) = lhs.microseconds.subtractingReportingOverflow(rhs.microseconds)
        guard overflow else { return distance }
        return lhs.microseconds < 0 ? .min : .max
    }
}

extension Instant {
    @inlinable
    public func adding(microseconds amount: Int64) -> Instant {
        let (sum, overflow) = microseconds.addingReportingOverflow(amount)
        // Overflow needs equal signs, so the sign of `amount` tells the direction.
        guard !overflow else {
            return Instant(microseconds: amount < 0 ? Self.lowestMicroseconds : Self.highestMicroseconds)
        }
        return Instant(microseconds: Swift.min(Swift.max(sum, Self.lowestMicroseconds), Self.highestMicroseconds))
    }

    @inlinable
    public func adding(seconds amount: Int64) -> Instant {
        adding(amount, timesMicroseconds: 1_000_000)
    }

    @inlinable
    public func adding(minutes amount: Int) -> Instant {
        adding(Int64(amount), timesMicroseconds: 60_000_000)
    }

    /// Adds `amount` times 24 hours; for civil days use ``CivilDate/adding(days:)`` and a ``Zone``.
    @inlinable
    public func adding(days amount: Int) -> Instant {
        adding(Int64(amount), timesMicroseconds: 86_400_000_000)
    }

    @inlinable
    internal func adding(_ amount: Int64, timesMicroseconds unit: Int64) -> Instant {
        let (product, overflow) = amount.multipliedReportingOverflow(by: unit)
        return adding(microseconds: overflow ? (amount < 0 ? .min : .max) : product)
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339, always in UTC.
    public var description: String { rfc3339 }
}
