import Scheduling

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// One TZif file as it was on the disk. Reading blocks, but reads only a few kilobytes, usually from the page cache.
struct ZoneFile {
    /// Changes when a package update puts another file in place, or rewrites this one.
    struct Identity: Hashable {
        let device, inode: UInt64
        let size, modifiedSeconds, modifiedNanoseconds: Int

        /// nil if there is no such file.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }

        fileprivate init(_ status: stat) {
            device = UInt64(truncatingIfNeeded: status.st_dev)
            inode = UInt64(truncatingIfNeeded: status.st_ino)
            size = Int(status.st_size)
            #if canImport(Darwin)
            let modified = status.st_mtimespec
            #else
            let modified = status.st_mtim
            #endif
            modifiedSeconds = Int(modified.tv_sec)
            modifiedNanoseconds = Int(modified.tv_nsec)
        }
    }

    let identity: Identity
    let bytes: [UInt8]

    /// The largest file of the database has some 4 KB.
    private static let sizeLimit = 1 << 20

    init(path: String, id: String) throws(ZoneError) {
        // O_NONBLOCK: opening a pipe at this path would otherwise wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let isMissing = errno == ENOENT || errno == ENOTDIR
            throw ZoneError(isMissing ? .unknownZone : .unreadable, id)
        }
        defer { _ = close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ZoneError(.unreadable, id) }
        // A folder such as "America".
        guard status.st_mode & S_IFMT == S_IFREG else { throw ZoneError(.unknownZone, id) }
        identity = Identity(status)
        guard identity.size <= Self.sizeLimit else { throw ZoneError(.malformed, "\(id): \(identity.size) bytes") }

        var bytes = [UInt8](repeating: 0, count: identity.size)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                return read(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ZoneError(.unreadable, id) }
            guard count > 0 else { throw ZoneError(.truncated, id) }
            filled += count
        }
        self.bytes = bytes
    }

    /// The names in a folder, sorted, without those that begin with a dot; empty if it cannot be read.
    static func names(inFolder path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
                    String(cString: $0)
                }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
