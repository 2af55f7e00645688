/// Writes small TZif files (RFC 8536 §3) for the tests.
struct TZifBuilder {
    var version: UInt8 = UInt8(ascii: "3")
    var transitions: [(at: Int64, type: UInt8)] = []
    var offsets: [Int32] = [0]
    var footer = ""
    var leapCount: UInt32 = 0

    var bytes: [UInt8] {
        guard version != 0 else { return block(timeSize: 4) }
        // Version 1's block holds nothing but the one type it must have, as "slim" files do.
        var old = self
        old.transitions = []
        old.offsets = [0]
        old.leapCount = 0
        return old.block(timeSize: 4) + block(timeSize: 8) + Array("\n\(footer)\n".utf8)
    }

    private func block(timeSize: Int) -> [UInt8] {
        var bytes = Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15)
        for count in [0, 0, leapCount, UInt32(transitions.count), UInt32(offsets.count), 4] {
            bytes += bigEndian(Int64(count), size: 4)
        }
        for transition in transitions { bytes += bigEndian(transition.at, size: timeSize) }
        for transition in transitions { bytes.append(transition.type) }
        for offset in offsets { bytes += bigEndian(Int64(offset), size: 4) + [0, 0] }
        bytes += Array("ABC\0".utf8)
        return bytes + [UInt8](repeating: 0, count: Int(leapCount) * (timeSize + 4))
    }

    private func bigEndian(_ value: Int64, size: Int) -> [UInt8] {
        (0..<size).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
