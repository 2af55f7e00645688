import AlmanacRuntime
import Scheduling

/// Shares the calendar with other nodes: see docs/hot-state.md.
extension CalendarActor {
    private var version: HotVersion { HotVersion(epoch: generation, seq: state.seq) }

    /// Notes a written change. The end of this step sends it. A change without a number changes nothing that others
    /// read.
    ///
    /// A retired actor notes nothing more. An earlier decision with an unknown outcome may still be written, under a
    /// higher number. So its state would lack what happened under a lower number.
    func note(_ item: Pending, seq: Int64?) {
        guard mirror != nil, seq != nil, !isRetired else { return }
        unshared.append(HotStep(seq: state.seq, item.decision, record: item.record, happening: item.happening))
    }

    /// Sends the noted changes. Does not wait, so that the commit log's next group need not wait for the store.
    ///
    /// - Parameter base: the calendar's number before the first noted change.
    func share(from base: Int64) {
        guard let mirror, !unshared.isEmpty else { return }
        let steps = unshared
        unshared = []
        mirror.share(steps, from: base, epoch: generation, live: state.occupancy.entries.count) {
            HotCalendar.fields(record, state.written)
        }
    }

    /// Whether the store lacks this calendar and may accept it.
    var isHotStateDue: Bool { !isRetired && mirror?.isDue ?? false }

    /// Sends the whole calendar.
    func shareEverything() {
        mirror?.shareEverything(version) { HotCalendar.fields(record, state.written) }
    }

    /// Sends the whole calendar if the store lacks it, and waits until the store has it.
    func repairHotState() async {
        guard let mirror, isHotStateDue else { return }
        shareEverything()
        await mirror.arrival(by: mirror.deadline())
    }

    /// Waits until readers on other nodes see what was just written: for a moment at most, and not at all while the
    /// store is unreachable.
    func awaitSharing() async {
        guard let mirror else { return }
        let deadline = mirror.deadline()
        await mirror.arrival(by: deadline)
        guard isHotStateDue else { return }
        shareEverything()
        await mirror.arrival(by: deadline)
    }

    /// Memory differs from the database. Nobody may use this actor or its copy in the store any more.
    func distrust() {
        retire()
        mirror?.forsake(version)
    }
}
