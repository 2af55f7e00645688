import AlmanacRuntime
import NIOCore

/// The time of one connection: when it is looked at next, and how fast its client was.
///
/// One task is scheduled at most, and moved only to an earlier time: most requests come and go without touching it.
struct Pace {
    /// When it is to be looked at.
    var deadline = NIODeadline.distantFuture
    /// When the present phase began.
    var since = NIODeadline.uptimeNanoseconds(0)
    /// When the connection became idle before the present header: blank lines alone are no request, and start nothing anew.
    var idleSince = NIODeadline.uptimeNanoseconds(0)
    /// Bytes given to the channel since the beginning, and how many it had passed on when it was looked at last.
    var written = 0
    private var taken = 0
    private var lookedAt: NIODeadline?
    private var task: (deadline: NIODeadline, scheduled: Scheduled<Void>)?

    /// Whether no task is due by the deadline.
    var isUnscheduled: Bool { task.map { $0.deadline > deadline } ?? true }

    mutating func schedule(on eventLoop: any EventLoop, _ look: @escaping () -> Void) {
        task?.scheduled.cancel()
        task = (deadline, eventLoop.assumeIsolated().scheduleTask(deadline: deadline, look))
    }

    mutating func stop() {
        task?.scheduled.cancel()
        task = nil
    }

    /// When the present body has to be whole, at the rate it came in until now.
    func bodyDeadline(received: Int, _ limits: ConnectionLimits) -> NIODeadline {
        let earned = Int64(received).multipliedReportingOverflow(by: 1_000_000_000)
        let most = TimeAmount(limits.body).nanoseconds
        let time = earned.overflow ? most : earned.partialValue / Int64(max(1, limits.leastRate))
        return since + TimeAmount.nanoseconds(min(most, TimeAmount(limits.slow).nanoseconds + time))
    }

    /// Whether an answer was taken more slowly than allowed since the last look; `waiting` bytes of it are here still.
    mutating func isStalled(waiting: Int, _ now: NIODeadline, _ limits: ConnectionLimits) -> Bool {
        let (before, then) = (taken, lookedAt)
        taken = written - waiting
        lookedAt = waiting > 0 ? now : nil
        guard waiting > 0, let then else { return false }
        let seconds = Double((now - then).nanoseconds) / 1e9
        return Double(taken - before) < Double(limits.leastRate) * seconds
    }
}

extension NIODeadline {
    static func + (deadline: NIODeadline, time: Duration) -> NIODeadline { deadline + TimeAmount(time) }
}
