import Scheduling
import Synchronization

/// Writes down what happens in a schedule, what was promised to clients, and whatever must never happen.
final class Ledger: Sendable {
    /// What a client was told about one of its requests.
    enum Promise: Equatable {
        /// 2xx, with the id in the answer.
        case done(ID)
        /// A definite no: nothing may have been written.
        case refused
        /// No definite answer: at most once.
        case open
    }

    private struct Pages {
        var trace: [String] = []
        var violations: [String] = []
        var counts: [String: Int] = [:]
        var promises: [String: Promise] = [:]
        /// When each request was first sent.
        var sent: [String: Instant] = [:]
        var unfinished = 0
    }

    private let pages = Mutex(Pages())

    var trace: [String] { pages.withLock { $0.trace } }
    var violations: [String] { pages.withLock { $0.violations } }
    var counts: [String: Int] { pages.withLock { $0.counts } }
    var promises: [String: Promise] { pages.withLock { $0.promises } }
    var sent: [String: Instant] { pages.withLock { $0.sent } }
    var unfinished: Int { pages.withLock { $0.unfinished } }

    func note(_ line: String) { pages.withLock { $0.trace.append(line) } }

    func require(_ holds: Bool, _ rule: @autoclosure () -> String) {
        if !holds { violate(rule()) }
    }

    /// Keeps the first few: what follows a broken rule breaks others.
    func violate(_ rule: String) {
        pages.withLock { pages in
            if pages.violations.count < 8 { pages.violations.append("\(rule), at step \(pages.trace.count)") }
        }
    }

    func count(_ what: String) { pages.withLock { $0.counts[what, default: 0] += 1 } }

    func started() { pages.withLock { $0.unfinished += 1 } }

    func finished() { pages.withLock { $0.unfinished -= 1 } }

    /// The last word counts, but what was done stays done: of two requests with one key one may come too early.
    func promise(_ label: String, _ promise: Promise, at now: Instant) {
        pages.withLock { pages in
            if pages.sent[label] == nil { pages.sent[label] = now }
            if case .done(let old) = pages.promises[label] {
                if case .done(let new) = promise, old != new {
                    pages.violations.append("\(label) was answered with two ids")
                }
                return
            }
            pages.promises[label] = promise
        }
    }
}
