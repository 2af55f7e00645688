#if canImport(Glibc)
internal import Glibc
#endif

/// Limits the unused memory that the C library's allocator keeps (mallopt(3), malloc_trim(3)).
///
/// By default it has eight arenas for each processor and keeps blocks of up to 32 MiB, so a process that once sent long
/// answers keeps their memory. Without glibc, this does nothing.
public enum ProcessMemory {
    private static let mmapThreshold: Int32 = -3
    private static let trimThreshold: Int32 = -1
    private static let arenaMax: Int32 = -8

    /// Makes glibc return blocks of 1 MiB, and ends of arenas of 16 MiB, as soon as they are free. Limits it to 4
    /// arenas. Call once, before there are threads.
    public static func economize() {
        #if canImport(Glibc)
        typealias Option = @convention(c) (Int32, Int32) -> Int32
        guard let option: Option = function("mallopt") else { return }
        _ = option(mmapThreshold, 1_048_576)
        _ = option(trimThreshold, 16 * 1_048_576)
        _ = option(arenaMax, 4)
        #endif
    }

    /// Returns free memory now. Takes milliseconds: use after releasing much.
    public static func trim() {
        #if canImport(Glibc)
        typealias Trim = @convention(c) (Int) -> Int32
        guard let trim: Trim = function("malloc_trim") else { return }
        _ = trim(0)
        #endif
    }

    #if canImport(Glibc)
    private static func function<Function>(_ name: String) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: Function.self) }
    }
    #endif
}
