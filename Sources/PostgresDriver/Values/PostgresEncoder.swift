import SQL
import Scheduling

/// Writes values as the server's `recv` functions read them: big-endian, no separators.
struct PostgresEncoder: Sendable {
    /// Microseconds from 1970 to 2000, when the server's time begins.
    static let epoch: Int64 = 946_684_800_000_000
    /// Days from 1970 to 2000.
    static let epochDay = 10_957

    private(set) var bytes: [UInt8] = []

    /// Appends one parameter and returns its range; nil for NULL.
    mutating func append(
        _ parameter: PostgresParameter, as type: PostgresParameterType
    ) throws(StoreError) -> Range<Int>? {
        let start = bytes.count
        switch (parameter, type) {
        case (.one(.null), _):
            return nil
        case (.one(let value), .one(let type)):
            try append(value, as: type)
        case (.many(let values), .many(let type)):
            try append(values, as: type)
        case (.one, .many), (.many, .one), (.one, .inferred), (.many, .inferred):
            throw StoreError(.statement, "a parameter does not have its declared shape")
        }
        return start..<bytes.count
    }

    /// An array of one dimension, as `array_recv` reads it: dimensions, whether there are NULLs, element type, then for
    /// each dimension its length and lower bound, then each element after its length.
    private mutating func append(_ values: [SQLValue], as type: PostgresType) throws(StoreError) {
        bytes.reserveCapacity(bytes.count + 20 + values.count * 20)
        append(Int32(values.isEmpty ? 0 : 1))
        append(Int32(values.contains(.null) ? 1 : 0))
        append(type.oid)
        if values.isEmpty { return }
        append(Int32(truncatingIfNeeded: values.count))
        append(Int32(1))
        for value in values {
            if value == .null {
                append(Int32(-1))
                continue
            }
            let start = bytes.count
            append(Int32(0))
            try append(value, as: type)
            let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
            for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(index))) }
        }
    }

    private mutating func append(_ value: SQLValue, as type: PostgresType) throws(StoreError) {
        switch type {
        case .bool:
            guard case .bool(let value) = value else { throw Self.mismatch }
            bytes.append(value ? 1 : 0)
        case .int2: append(try narrow(value, to: Int16.self))
        case .int4: append(try narrow(value, to: Int32.self))
        case .int8: append(try narrow(value, to: Int64.self))
        case .text:
            guard case .text(let value) = value else { throw Self.mismatch }
            bytes.append(contentsOf: value.utf8)
        case .bytea:
            guard case .blob(let value) = value else { throw Self.mismatch }
            bytes.append(contentsOf: value)
        case .uuid:
            guard case .id(let value) = value else { throw Self.mismatch }
            append(value.high)
            append(value.low)
        case .timestamptz:
            guard case .instant(let value) = value else { throw Self.mismatch }
            // To the server, the least number means -infinity.
            let (micros, overflow) = value.microseconds.subtractingReportingOverflow(Self.epoch)
            guard !overflow, micros != .min else { throw StoreError(.statement, "an instant is out of range") }
            append(micros)
        case .date:
            guard case .text(let value) = value, let date = CivilDate(iso: value) else { throw Self.mismatch }
            append(Int32(truncatingIfNeeded: Int(date.dayNumber) - Self.epochDay))
        case .json, .jsonb:
            guard case .json(let value) = value else { throw Self.mismatch }
            if type == .jsonb { bytes.append(1) }
            bytes.append(contentsOf: value)
        }
    }

    private static var mismatch: StoreError {
        StoreError(.statement, "a parameter does not have its declared type")
    }

    private func narrow<T: FixedWidthInteger>(_ value: SQLValue, to type: T.Type) throws(StoreError) -> T {
        guard case .integer(let value) = value else { throw Self.mismatch }
        guard let narrow = T(exactly: value) else { throw StoreError(.statement, "an integer is out of range") }
        return narrow
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
