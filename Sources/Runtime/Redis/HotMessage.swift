/// The message that a write publishes: the versions from which and to which it leads, then the sealed payload.
///
///     message = 1 and the base (or 0), the version, sealed: payload
struct HotMessage: Sendable, Hashable {
    var base: HotVersion?
    var version: HotVersion
    var payload: [UInt8]

    init(_ write: HotWrite) {
        base = write.base
        version = write.version
        payload = write.message
    }

    private static func sealContext(_ line: [UInt8]) -> [UInt8] { SealContext("message", [line]).bytes }

    /// Nil if it cannot be sealed.
    func sealed(_ keys: HotKeys.Pair) -> [UInt8]? {
        let line = Self.line(base, version)
        return Secrets.seal(payload, keys.sealing, Self.sealContext(line)).map { line + $0 }
    }

    /// Nil unless this installation published it about this calendar.
    init?(_ bytes: [UInt8], _ keys: HotKeys.Pair) {
        var reader = HotBytes(bytes[...])
        switch reader.byte() {
        case 0: base = nil
        case 1:
            guard let version = reader.version() else { return nil }
            base = version
        default: return nil
        }
        guard let version = reader.version() else { return nil }
        self.version = version
        let line = Self.line(base, version)
        guard let payload = Secrets.open(reader.remainder, keys.sealing, Self.sealContext(line)) else { return nil }
        self.payload = payload
    }

    static func line(_ base: HotVersion?, _ version: HotVersion) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(33)
        line.append(base == nil ? 0 : 1)
        if let base { append(base, to: &line) }
        append(version, to: &line)
        return line
    }

    static func append(_ version: HotVersion, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: version.epoch.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: version.seq.bigEndian) { bytes.append(contentsOf: $0) }
    }

    static func append(_ count: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: count).bigEndian) { bytes.append(contentsOf: $0) }
    }
}
