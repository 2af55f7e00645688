public import JSON
public import Scheduling

/// One row of an answer. Columns are read by position and type; a mismatch is a ``StoreError``, never a trap.
public struct SQLRow: Sendable {
    public let values: [SQLValue]

    public init(_ values: [SQLValue]) { self.values = values }

    public func isNull(_ index: Int) -> Bool { index >= values.count || values[index] == .null }

    public func integer(_ index: Int) throws(StoreError) -> Int64 {
        switch try value(index) {
        case .integer(let value): return value
        case .bool(let value): return value ? 1 : 0
        default: throw mismatch(index, "an integer")
        }
    }

    public func int(_ index: Int) throws(StoreError) -> Int { Int(try integer(index)) }

    public func bool(_ index: Int) throws(StoreError) -> Bool { try integer(index) != 0 }

    public func text(_ index: Int) throws(StoreError) -> String {
        guard case .text(let value) = try value(index) else { throw mismatch(index, "text") }
        return value
    }

    public func bytes(_ index: Int) throws(StoreError) -> [UInt8] {
        switch try value(index) {
        case .blob(let value), .json(let value): return value
        case .text(let value): return Array(value.utf8)
        default: throw mismatch(index, "bytes")
        }
    }

    public func id(_ index: Int) throws(StoreError) -> ID {
        switch try value(index) {
        case .id(let value): return value
        case .blob(let bytes):
            if let id = ID(bytes: bytes) { return id }
            throw mismatch(index, "an id")
        default: throw mismatch(index, "an id")
        }
    }

    public func instant(_ index: Int) throws(StoreError) -> Instant {
        switch try value(index) {
        case .instant(let value): return value
        case .integer(let value): return Instant(microseconds: value)
        default: throw mismatch(index, "an instant")
        }
    }

    public func json(_ index: Int) throws(StoreError) -> JSON {
        do {
            return try JSON.parse(try bytes(index))
        } catch let error as StoreError {
            throw error
        } catch {
            throw mismatch(index, "JSON")
        }
    }

    public func optional<T>(
        _ index: Int, _ read: (Int) throws(StoreError) -> T
    ) throws(StoreError) -> T? {
        isNull(index) ? nil : try read(index)
    }

    private func value(_ index: Int) throws(StoreError) -> SQLValue {
        guard values.indices.contains(index) else { throw mismatch(index, "a column") }
        return values[index]
    }

    private func mismatch(_ index: Int, _ wanted: String) -> StoreError {
        StoreError(.corrupt, "column \(index) is not \(wanted)")
    }
}
