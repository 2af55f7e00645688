import Synchronization

/// Writes down what happens in a schedule, and whatever must never happen.
final class ScheduleLedger: Sendable {
    private struct Pages {
        var trace: [String] = []
        var violations: [String] = []
        /// Keys from the start of an activation to the end of the passivation.
        var alive: Set<Int> = []
        var leaving: Set<Int> = []
        /// Bodies running, by key and then by generation.
        var running: [Int: [Int: Int]] = [:]
        var generations = 0
        var unfinished = 0
        var time: UInt64 = 0

        mutating func require(_ holds: Bool, _ rule: String) {
            if !holds { violations.append("\(rule), at step \(trace.count)") }
        }
    }

    private let limit: Int
    private let pages = Mutex(Pages())

    init(limit: Int) { self.limit = limit }

    var trace: [String] { pages.withLock { $0.trace } }
    var violations: [String] { pages.withLock { $0.violations } }
    var unfinished: Int { pages.withLock { $0.unfinished } }
    var alive: Int { pages.withLock { $0.alive.count } }

    func started() { pages.withLock { $0.unfinished += 1 } }
    func finished() { pages.withLock { $0.unfinished -= 1 } }
    func note(_ line: String) { pages.withLock { $0.trace.append(line) } }

    func tick() -> UInt64 {
        pages.withLock {
            $0.time += 1; return $0.time
        }
    }

    func activating(_ key: Int) -> Int {
        pages.withLock { pages in
            pages.generations += 1
            pages.trace.append("activate \(key) #\(pages.generations)")
            pages.require(!pages.alive.contains(key), "two residents of one key")
            pages.require(pages.running[key, default: [:]].isEmpty, "activated beside a call in flight")
            pages.alive.insert(key)
            pages.require(pages.alive.count <= limit, "more residents than the limit")
            return pages.generations
        }
    }

    func passivating(_ room: Room) {
        pages.withLock { pages in
            pages.trace.append("passivate \(room.key) #\(room.generation)")
            pages.require(pages.running[room.key, default: [:]].isEmpty, "passivated with calls in flight")
            pages.require(pages.leaving.insert(room.key).inserted, "passivated twice")
        }
    }

    func gone(_ key: Int, _ how: String) {
        pages.withLock { pages in
            pages.trace.append("\(how) \(key)")
            pages.alive.remove(key)
            pages.leaving.remove(key)
        }
    }

    func began(_ room: Room, _ caller: Int) {
        pages.withLock { pages in
            pages.trace.append("\(caller) begins \(room.key) #\(room.generation)")
            pages.require(pages.alive.contains(room.key), "a call on a resident that is out")
            pages.require(!pages.leaving.contains(room.key), "a call during passivation")
            pages.running[room.key, default: [:]][room.generation, default: 0] += 1
            pages.require(pages.running[room.key]?.count == 1, "two residents of one key in use")
        }
    }

    func ended(_ room: Room, _ caller: Int) {
        pages.withLock { pages in
            pages.trace.append("\(caller) ends \(room.key) #\(room.generation)")
            let left = pages.running[room.key]![room.generation]! - 1
            pages.running[room.key]![room.generation] = left == 0 ? nil : left
        }
    }
}
