import AlmanacRuntime
import NIOCore

/// The connection's timer, and what counts as too slow when it fires.
extension ConnectionGuard {
    /// Has the connection looked at then, or sooner.
    func due(_ deadline: NIODeadline) {
        pace.deadline = deadline
        guard let context, pace.isUnscheduled else { return }
        pace.schedule(on: context.eventLoop) { [weak self] in
            guard let self, let context = self.context else { return }
            pace.stop()
            look(context)
        }
    }

    var idleLimit: Duration { isReserve ? policy.limits.reserveIdle : policy.limits.idle }

    private func look(_ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        guard now >= pace.deadline else { return due(pace.deadline) }
        let limits = policy.limits
        switch phase {
        case .passing: return
        case .lingering where isAllWritten: context.close(promise: nil)
        case .head: refuse(.late)
        case .body:
            let end = pace.bodyDeadline(received: intake.received, limits)
            if isBroken {
                // Nobody has answered for it; what waits to be written is none of the client's.
                due(now + limits.slow)
            } else if now < end {
                due(end)
            } else {
                due(now + limits.slow)
                breakBody(context, BodyTimeout())
            }
        case .idle, .answering, .lingering:
            let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
            if pace.isStalled(waiting: waiting, now, limits) {
                ConnectionMetrics.count(.stalled)
                return context.close(promise: nil)
            }
            if waiting > 0 || phase != .idle {
                due(now + limits.slow)
            } else if now >= pace.since + idleLimit {
                ConnectionMetrics.count(.idle)
                context.close(promise: nil)
            } else {
                due(pace.since + idleLimit)
            }
        }
    }
}
