import Scheduling

/// Writes what is kept in the hot store and told to other nodes: numbers of fixed or variable length, most significant
/// byte first.
struct HotWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func integer(_ value: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// A number that is mostly small, seven bits to a byte.
    mutating func count(_ value: Int) {
        var rest = UInt64(max(0, value))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func block(_ value: some Collection<UInt8>) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    mutating func id(_ value: ID) {
        integer(Int64(bitPattern: value.high))
        integer(Int64(bitPattern: value.low))
    }
}
