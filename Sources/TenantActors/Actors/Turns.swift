import Scheduling

/// Lets commands that change one thing go one after the other, in the order in which they came.
///
/// Decided at the same time they would all start from one version, and all but one would have to start over.
struct Turns {
    private var waiting: [ID: [CheckedContinuation<Void, Never>]] = [:]

    /// Whether the subject was free; it is taken now.
    mutating func take(_ subject: ID) -> Bool {
        if waiting[subject] != nil { return false }
        waiting[subject] = []
        return true
    }

    mutating func wait(for subject: ID, _ continuation: CheckedContinuation<Void, Never>) {
        waiting[subject, default: []].append(continuation)
    }

    /// Hands the subject on to who waits longest.
    mutating func pass(_ subject: ID) {
        guard var queue = waiting[subject], !queue.isEmpty else {
            waiting[subject] = nil
            return
        }
        let next = queue.removeFirst()
        waiting[subject] = queue
        next.resume()
    }
}
