import Glibc

/// Files that only their owner may ever read.
public enum PrivateFile {
    /// Creates an empty file unless something has that name; the system's error number if it cannot be created.
    static func ensure(_ path: String) -> Int32? {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return errno == EEXIST ? nil : errno }
        close(descriptor)
        return nil
    }

    /// Creates a file; false if it exists, or cannot be created.
    @discardableResult
    public static func create(_ path: String, contents: [UInt8] = []) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var written = 0
        while written < contents.count {
            let count = contents[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            written += count
        }
        return fsync(descriptor) == 0
    }
}
