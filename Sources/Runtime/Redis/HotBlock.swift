/// One stored write: everything, or the changes since the version before.
///
///     block = length (10 digits), epoch, seq (8 bytes each), sealed: fields to remove, fields to set
///
/// A value of hot state is a head and its blocks in order. A block's place includes its base version, so that each
/// block opens only after the one before: nobody can omit, repeat or restore one.
enum HotBlock {
    /// Length and version.
    private static let frame = 26

    private static func sealContext(_ base: HotVersion?, _ version: HotVersion) -> [UInt8] {
        SealContext("hot state", [HotMessage.line(base, version)]).bytes
    }

    /// Nil if it is too large to be sealed.
    static func seal(_ write: HotWrite, _ keys: HotKeys.Pair) -> [UInt8]? {
        var content: [UInt8] = []
        content.reserveCapacity(write.set.reduce(16 + write.remove.count * 40) { $0 + $1.value.count + 48 })
        HotMessage.append(write.remove.count, to: &content)
        for field in write.remove { append(Array(field.utf8), to: &content) }
        HotMessage.append(write.set.count, to: &content)
        for (field, value) in write.set {
            append(Array(field.utf8), to: &content)
            append(value, to: &content)
        }
        guard let sealed = Secrets.seal(content, keys.sealing, sealContext(write.base, write.version)) else {
            return nil
        }
        let length = String(sealed.count)
        guard length.utf8.count <= 10 else { return nil }
        var bytes = [UInt8](repeating: 0x30, count: 10 - length.utf8.count)
        bytes.reserveCapacity(frame + sealed.count)
        bytes.append(contentsOf: length.utf8)
        HotMessage.append(write.version, to: &bytes)
        bytes.append(contentsOf: sealed)
        return bytes
    }

    private static func append(_ part: [UInt8], to bytes: inout [UInt8]) {
        HotMessage.append(part.count, to: &bytes)
        bytes.append(contentsOf: part)
    }

    /// The fields of a value whose head has `version`; nil if a block is not ours, missing, or out of place.
    static func fields(
        _ value: ArraySlice<UInt8>, upTo version: HotVersion, _ keys: HotKeys.Pair
    ) -> [String: [UInt8]]? {
        var fields: [String: [UInt8]] = [:]
        var rest = value
        var base: HotVersion?
        while !rest.isEmpty {
            guard rest.count >= frame, let text = String(validating: rest.prefix(10), as: UTF8.self),
                let length = Int(text), length >= 0, rest.count - frame >= length
            else { return nil }
            var header = HotBytes(rest.dropFirst(10).prefix(16))
            guard let next = header.version() else { return nil }
            let sealed = rest.dropFirst(frame).prefix(length)
            guard let content = Secrets.open(sealed, keys.sealing, sealContext(base, next)),
                apply(content, to: &fields)
            else { return nil }
            base = next
            rest = rest.dropFirst(frame + length)
        }
        return base == version ? fields : nil
    }

    private static func apply(_ content: [UInt8], to fields: inout [String: [UInt8]]) -> Bool {
        var reader = HotBytes(content[...])
        guard let removed = reader.number() else { return false }
        for _ in 0..<removed {
            guard let field = reader.text() else { return false }
            fields[field] = nil
        }
        guard let set = reader.number() else { return false }
        for _ in 0..<set {
            guard let field = reader.text(), let value = reader.block() else { return false }
            fields[field] = value
        }
        return reader.isAtEnd
    }
}
