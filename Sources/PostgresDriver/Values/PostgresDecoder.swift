import SQL
import Scheduling

/// Reads values as the server's `send` functions write them. A mismatch is ``StoreError/Code/corrupt``.
struct PostgresDecoder {
    private var rest: UnsafeRawBufferPointer

    private init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// One value of the type with this number.
    static func value(_ bytes: UnsafeRawBufferPointer, oid: UInt32) throws(StoreError) -> SQLValue {
        // The answer of a function that returns nothing.
        if oid == 2278 { return .null }
        guard let type = PostgresType(oid: oid) else {
            throw StoreError(.corrupt, "a column has the type \(oid), which is not read")
        }
        return try value(bytes, type)
    }

    /// The elements of an array of at most one dimension.
    static func array(_ bytes: UnsafeRawBufferPointer, oid: UInt32) throws(StoreError) -> [SQLValue] {
        guard let type = PostgresType(arrayOID: oid) else {
            throw StoreError(.corrupt, "a column has the type \(oid), which is not read as an array")
        }
        var decoder = PostgresDecoder(bytes)
        let dimensions = try decoder.integer(Int32.self)
        _ = try decoder.integer(Int32.self)
        _ = try decoder.integer(UInt32.self)
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw StoreError(.corrupt, "an array has \(dimensions) dimensions") }
        let count = try decoder.integer(Int32.self)
        _ = try decoder.integer(Int32.self)
        // Each element has at least a length, so an impossible count is refused.
        guard count >= 0, Int(count) <= decoder.rest.count / 4 else { throw short }
        var values: [SQLValue] = []
        values.reserveCapacity(Int(count))
        for _ in 0..<count {
            let length = try decoder.integer(Int32.self)
            values.append(length < 0 ? .null : try value(try decoder.take(Int(length)), type))
        }
        return values
    }

    private static var short: StoreError { StoreError(.corrupt, "a value has not the length of its type") }

    private static func value(_ bytes: UnsafeRawBufferPointer, _ type: PostgresType) throws(StoreError) -> SQLValue {
        var decoder = PostgresDecoder(bytes)
        let value: SQLValue
        switch type {
        case .bool: value = .bool(try decoder.integer(UInt8.self) != 0)
        case .int2: value = .integer(Int64(try decoder.integer(Int16.self)))
        case .int4: value = .integer(Int64(try decoder.integer(Int32.self)))
        case .int8: value = .integer(try decoder.integer(Int64.self))
        case .uuid: value = .id(ID(high: try decoder.integer(UInt64.self), low: try decoder.integer(UInt64.self)))
        case .timestamptz: value = .instant(instant(try decoder.integer(Int64.self)))
        case .date:
            let day = Int(try decoder.integer(Int32.self)) + PostgresEncoder.epochDay
            value = .text(CivilDate(dayNumber: day).description)
        case .text: return .text(String(decoding: bytes, as: UTF8.self))
        case .bytea: return .blob(Array(bytes))
        case .json: return .json(Array(bytes))
        case .jsonb:
            guard try decoder.integer(UInt8.self) == 1 else { throw StoreError(.corrupt, "a jsonb is not version 1") }
            return .json(Array(decoder.rest))
        }
        guard decoder.rest.isEmpty else { throw short }
        return value
    }

    /// Infinities and years out of range become the nearest representable instant; dates likewise.
    private static func instant(_ sinceEpoch: Int64) -> Instant {
        switch sinceEpoch {
        case .min: .distantPast
        case .max: .distantFuture
        default: Instant(microseconds: sinceEpoch).adding(microseconds: PostgresEncoder.epoch)
        }
    }

    private mutating func take(_ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard count <= rest.count else { throw Self.short }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    private mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(StoreError) -> T {
        T(bigEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }
}
