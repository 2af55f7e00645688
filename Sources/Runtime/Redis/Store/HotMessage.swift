import Scheduling

/// What is published with a write: a line of four decimal numbers, of the base (or two hyphens) and of the version, and
/// behind it what the write tells.
struct HotMessage: Sendable, Hashable {
    var base: HotVersion?
    var version: HotVersion
    var payload: [UInt8]

    init(_ write: HotWrite) {
        base = write.base
        version = write.version
        payload = write.message
    }

    var bytes: [UInt8] {
        let base = base.map { "\($0.epoch) \($0.seq)" } ?? "- -"
        return Array("\(base) \(version.epoch) \(version.seq)\n".utf8) + payload
    }

    /// Nil if the bytes are not such a message.
    init?(_ bytes: [UInt8]) {
        // Four numbers of at most 20 characters.
        guard let end = bytes.prefix(84).firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = bytes[..<end].split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard words.count == 4, let epoch = Int64(words[2]), let seq = Int64(words[3]) else { return nil }
        if words[0].exact == "-", words[1].exact == "-" {
            base = nil
        } else {
            guard let epoch = Int64(words[0]), let seq = Int64(words[1]) else { return nil }
            base = HotVersion(epoch: epoch, seq: seq)
        }
        version = HotVersion(epoch: epoch, seq: seq)
        payload = Array(bytes[(end + 1)...])
    }
}
