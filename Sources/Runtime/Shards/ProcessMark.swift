import Foundation
import Glibc

/// Names a process so that another one on the same machine can tell whether it still runs: the boot, the namespace of
/// process numbers, the number, and when it began (proc(5), `/proc/[pid]/stat` field 22).
///
/// A killed process leaves its leases behind. Its successor on the same machine need not wait for them to end. A wrong
/// answer would do no harm: a lease that changes hands is fenced.
public struct ProcessMark: Sendable, Hashable {
    /// `boot/namespace/number/begin`, or empty if the system does not tell.
    public let text: String

    public init(text: String) { self.text = text }

    public static let current = ProcessMark(of: getpid())

    private init(of process: Int32) {
        guard let place = Self.place, let begin = Self.begin(of: process) else {
            text = ""
            return
        }
        text = "\(place)/\(process)/\(begin)"
    }

    /// Whether this process is known to have ended. False for other machines, or if in doubt.
    public var hasEnded: Bool {
        let parts = text.split(separator: "/")
        guard parts.count == 4, let process = Int32(parts[2]), let place = Self.place,
            place == parts[0] + "/" + parts[1]
        else { return false }
        if kill(process, 0) != 0, errno == ESRCH { return true }
        guard let begin = Self.begin(of: process) else { return false }
        return begin != parts[3] || Self.state(of: process) == "Z"
    }

    /// The machine's boot, and the namespace of process numbers.
    private static let place: String? = {
        guard let boot = read("/proc/sys/kernel/random/boot_id"),
            let namespace = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        else { return nil }
        return boot.filter { !$0.isWhitespace } + "/" + namespace.filter(\.isNumber)
    }()

    private static func begin(of process: Int32) -> Substring? { fields(of: process)?.dropFirst(19).first }

    private static func state(of process: Int32) -> Substring? { fields(of: process)?.first }

    /// The fields after the command's name, which may contain anything.
    private static func fields(of process: Int32) -> [Substring]? {
        guard let stat = read("/proc/\(process)/stat"), let close = stat.lastIndex(of: ")") else { return nil }
        return stat[stat.index(after: close)...].split(separator: " ")
    }

    private static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
