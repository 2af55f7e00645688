#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Linux's data about this process in `/proc`. Every value is nil if there is none.
public struct ProcessStatistics: Sendable {
    private let root: String
    private let ticksPerSecond: Double
    private let pageSize: Double

    public init(root: String = "/proc") {
        self.root = root
        self.ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        self.pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    public var residentMemoryBytes: Double? {
        guard let fields = contents("self/statm")?.split(separator: " "), fields.count > 1 else { return nil }
        return Double(fields[1]).map { $0 * pageSize }
    }

    public var cpuSeconds: Double? {
        guard let user = stat(field: 14), let system = stat(field: 15) else { return nil }
        return (user + system) / ticksPerSecond
    }

    public var openFileDescriptors: Double? {
        guard let directory = opendir("\(root)/self/fd") else { return nil }
        defer { closedir(directory) }
        var entries = 0
        while readdir(directory) != nil { entries += 1 }
        return Double(max(0, entries - 3))  // ".", ".." and the one that reads the directory
    }

    /// Seconds since 1970.
    public var startTimeSeconds: Double? {
        guard let ticks = stat(field: 22), let system = contents("stat") else { return nil }
        let prefix = "btime "
        guard let line = system.split(separator: "\n").first(where: { $0.hasPrefix(prefix) }) else { return nil }
        return Double(line.dropFirst(prefix.count)).map { $0 + ticks / ticksPerSecond }
    }

    /// A field of `/proc/self/stat`, numbered from one as in proc(5). The second, the command, is in
    /// parentheses and may hold spaces and parentheses: counting starts behind the last one.
    private func stat(field: Int) -> Double? {
        guard let text = contents("self/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > field - 3 ? Double(fields[field - 3]) : nil
    }

    private func contents(_ path: String) -> String? {
        let file = open("\(root)/\(path)", O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}

extension PrometheusRegistry {
    /// Adds the standard `process_…` series, read at scrape time.
    public func observeProcess(_ process: ProcessStatistics = ProcessStatistics()) {
        let started = process.startTimeSeconds
        gauge("process_resident_memory_bytes") { process.residentMemoryBytes }
        counter("process_cpu_seconds_total") { process.cpuSeconds }
        gauge("process_open_fds") { process.openFileDescriptors }
        gauge("process_start_time_seconds") { started }
    }
}
