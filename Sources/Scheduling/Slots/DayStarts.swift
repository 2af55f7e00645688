/// The starts of slots on one local date, as a few runs of equal steps: one-minute steps take no more room than hours.
struct DayStarts: Sendable, Equatable {
    /// `count` starts from `first` on.
    struct Run: Sendable, Equatable {
        let first: Instant
        let count: Int
    }

    /// Apart and in order.
    private(set) var runs: [Run] = []
    /// From one start of a run to the next, in microseconds.
    let step: Int64

    init(step: Int64) { self.step = step }

    mutating func append(_ run: Run) { runs.append(run) }

    var isEmpty: Bool { runs.isEmpty }

    var count: Int { runs.reduce(0) { $0 + $1.count } }

    /// Whether there is a start at the instant.
    func holds(_ instant: Instant) -> Bool {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].first <= instant { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return false }
        let distance = instant - runs[low - 1].first
        return distance % step == 0 && distance / step < Int64(runs[low - 1].count)
    }

    /// The first start after an instant.
    func first(after instant: Instant) -> Instant? {
        for run in runs {
            let distance = instant - run.first
            let index = distance < 0 ? 0 : distance / step + 1
            if index < Int64(run.count) { return run.first.adding(microseconds: index * step) }
        }
        return nil
    }

    /// The part of a run between two instants, both included: its first start, and the number of starts.
    func part(of run: Run, from low: Instant, through high: Instant) -> (first: Instant, count: Int) {
        let before = low > run.first ? (low - run.first + step - 1) / step : 0
        let end = high < run.first ? 0 : min(Int64(run.count), (high - run.first) / step + 1)
        return (run.first.adding(microseconds: before * step), Int(max(0, end - before)))
    }

    /// Each start, in order.
    var all: [Instant] {
        var starts: [Instant] = []
        starts.reserveCapacity(count)
        for run in runs {
            for index in 0..<run.count { starts.append(run.first.adding(microseconds: Int64(index) * step)) }
        }
        return starts
    }
}
