import Foundation

/// A time zone database of its own, whose files tests replace.
final class ZoneFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "zones-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Puts another file in a zone's place, as a package update does: the clock is so many hours ahead of UTC.
    func set(_ name: String, hoursEast: Int) throws { try write(name, Self.zone(hoursEast)) }

    /// What an update leaves that was stopped halfway.
    func truncate(_ name: String) throws { try write(name, Array(Self.zone(0).prefix(20))) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(path)/\(name)", withDestinationPath: "\(path)/\(target)"
        )
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        let url = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true
        )
        try Data(bytes).write(to: url, options: .atomic)
    }

    /// A file of version 2 (RFC 8536 §3) that has one type of time and no transitions.
    private static func zone(_ hoursEast: Int) -> [UInt8] {
        let offset = Int32(hoursEast * 3_600)
        let hours = String(abs(hoursEast))
        let name = (hoursEast < 0 ? "-" : "+") + (hours.count == 1 ? "0" : "") + hours
        return block(0) + block(offset) + Array("\n<\(name)>\(-hoursEast)\n".utf8)
    }

    private static func block(_ offset: Int32) -> [UInt8] {
        var bytes = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        for count: Int32 in [0, 0, 0, 0, 1, 4] { bytes += bigEndian(count) }
        return bytes + bigEndian(offset) + [0, 0] + Array("ABC\0".utf8)
    }

    private static func bigEndian(_ value: Int32) -> [UInt8] {
        (0..<4).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
