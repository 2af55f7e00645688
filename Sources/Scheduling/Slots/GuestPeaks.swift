/// How many guests are present at each moment, and the most of them in a moving window.
///
/// The counts are steps. Of the steps in the window, only those stay that no later one equals or exceeds, so the first
/// is the most. Each step enters and leaves once, for any number of windows.
struct GuestPeaks {
    private struct Step {
        var at: Int64
        var count: Int
    }

    private let steps: [Step]
    private var next = 0
    /// Indexes of steps with falling counts.
    private var highs: [Int] = []
    private var head = 0

    /// - Parameters:
    ///   - arrivals: in order, in microseconds.
    ///   - departures: in order, in microseconds; each guest leaves after arriving.
    init(arrivals: [Int64], departures: [Int64]) {
        var steps: [Step] = []
        steps.reserveCapacity(arrivals.count + departures.count)
        var (arrived, departed) = (0, 0)
        while departed < departures.count {
            let at = arrived < arrivals.count ? min(arrivals[arrived], departures[departed]) : departures[departed]
            while arrived < arrivals.count, arrivals[arrived] == at { arrived += 1 }
            while departed < departures.count, departures[departed] == at { departed += 1 }
            steps.append(Step(at: at, count: arrived - departed))
        }
        self.steps = steps
    }

    /// The most guests at any moment of `[from, until)`; neither bound may decrease between calls.
    mutating func most(from: Int64, until: Int64) -> Int {
        while next < steps.count, steps[next].at < until {
            while highs.count > head, steps[highs[highs.count - 1]].count <= steps[next].count { highs.removeLast() }
            highs.append(next)
            next += 1
        }
        while head < highs.count, end(of: highs[head]) <= from { head += 1 }
        return head < highs.count ? steps[highs[head]].count : 0
    }

    private func end(of step: Int) -> Int64 { step + 1 < steps.count ? steps[step + 1].at : .max }
}
