import AlmanacRuntime
import Scheduling

/// The calendar's share in what other nodes read: see docs/hot-state.md.
extension CalendarActor {
    private var version: HotVersion { HotVersion(epoch: generation, seq: state.seq) }

    /// Notes a change that was written, to be shared at the end of this step. One without a number altered nothing that
    /// others read.
    ///
    /// Nothing more once the actor is retired: what was decided before may still be written, behind a change whose
    /// outcome is not known, so that this state of a higher number lacks what happened under a lower one.
    func note(_ item: Pending, seq: Int64?) {
        guard mirror != nil, seq != nil, !isRetired else { return }
        unshared.append(HotStep(seq: state.seq, item.decision, record: item.record, happening: item.happening))
    }

    /// Sends what was noted. Does not wait: the commit log's next group is not to wait for the store.
    ///
    /// - Parameter base: the calendar's number before the first change that was noted.
    func share(from base: Int64) {
        guard let mirror, !unshared.isEmpty else { return }
        let steps = unshared
        unshared = []
        mirror.share(steps, from: base, epoch: generation, live: state.occupancy.entries.count) {
            HotCalendar.fields(record, state.written)
        }
    }

    /// Whether the store lacks this calendar and could take it.
    var isHotStateDue: Bool { !isRetired && mirror?.isDue ?? false }

    /// Sends the whole calendar.
    func shareEverything() {
        mirror?.shareEverything(version) { HotCalendar.fields(record, state.written) }
    }

    /// Sends the whole calendar if the store lacks it, and waits until it is there.
    func repairHotState() async {
        guard let mirror, isHotStateDue else { return }
        shareEverything()
        await mirror.arrival(by: mirror.deadline())
    }

    /// Waits until whoever asks another node is told of what was just written: for a moment at most, and not at all
    /// while the store cannot be reached.
    func awaitSharing() async {
        guard let mirror else { return }
        let deadline = mirror.deadline()
        await mirror.arrival(by: deadline)
        guard isHotStateDue else { return }
        shareEverything()
        await mirror.arrival(by: deadline)
    }

    /// What is known here is not what the database has: neither this actor nor what it shared is to be used any more.
    func distrust() {
        retire()
        mirror?.forsake(version)
    }
}
