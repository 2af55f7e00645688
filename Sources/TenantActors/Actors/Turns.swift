import Scheduling

/// Runs commands that change the same thing one after the other, in the order of their arrival.
///
/// If they decided at the same time, all would start from one version, and all but one would have to start again.
struct Turns {
    private var waiting: [ID: [CheckedContinuation<Void, Never>]] = [:]

    /// Takes the subject if it is free; returns whether it was.
    mutating func take(_ subject: ID) -> Bool {
        if waiting[subject] != nil { return false }
        waiting[subject] = []
        return true
    }

    mutating func wait(for subject: ID, _ continuation: CheckedContinuation<Void, Never>) {
        waiting[subject, default: []].append(continuation)
    }

    /// Passes the subject to the command that has waited longest.
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
