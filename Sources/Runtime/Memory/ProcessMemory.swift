#if canImport(Glibc)
internal import Glibc
#endif

/// What the C library's allocator keeps of memory that nobody uses any more (mallopt(3), malloc_trim(3)).
///
/// As it comes, it has eight arenas for each processor and learns to keep blocks of up to 32 MiB: a process that once had
/// long answers under way goes on holding their room. Elsewhere than in glibc all of this does nothing.
public enum ProcessMemory {
    private static let mmapThreshold: Int32 = -3
    private static let trimThreshold: Int32 = -1
    private static let arenaMax: Int32 = -8

    /// Has blocks of a megabyte and more, and ends of arenas beyond 16, given back as soon as they are free. Call once,
    /// before there are threads.
    public static func economize() {
        #if canImport(Glibc)
        typealias Option = @convention(c) (Int32, Int32) -> Int32
        guard let option: Option = function("mallopt") else { return }
        _ = option(mmapThreshold, 1_048_576)
        _ = option(trimThreshold, 16 * 1_048_576)
        _ = option(arenaMax, 4)
        #endif
    }

    /// Gives back what is free now. Takes milliseconds: for after much was let go.
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
