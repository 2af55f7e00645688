import TestSupport
import Scheduling
import Synchronization
import Testing

/// Why a decision marks its time before it suspends: the other order, on the same executor, sells a seat twice.
@Suite struct OrderOfMarksTests {
    private static let seeds: [UInt64] = Array(1...200)

    @Test func checkThenSuspendDoubleBooks() {
        let wrong = Self.seeds.filter { Counter.sold(seed: $0, order: .checkThenSuspend) > 1 }
        #expect(wrong.count > Self.seeds.count / 2, "double-booked in \(wrong.count) of \(Self.seeds.count) schedules")
    }

    @Test func markThenSuspendNeverDoubleBooks() {
        let wrong = Self.seeds.filter { Counter.sold(seed: $0, order: .markThenSuspend) != 1 }
        #expect(wrong == [], "seeds \(wrong)")
    }
}

/// Sells one seat. `checkThenSuspend` is deliberately wrong.
private actor Counter {
    enum Order { case checkThenSuspend, markThenSuspend }

    private let order: Order
    private let executor: SeededExecutor
    private var isTaken = false
    private(set) var sales = 0

    init(order: Order, executor: SeededExecutor) {
        self.order = order
        self.executor = executor
    }

    func sell() async {
        switch order {
        case .checkThenSuspend:
            guard !isTaken else { return }
            await write()
            isTaken = true
        case .markThenSuspend:
            guard !isTaken else { return }
            isTaken = true
            await write()
        }
        sales += 1
    }

    private func write() async { for _ in 0..<3 { await executor.pause() } }

    /// How often the seat is sold when four clients want it.
    static func sold(seed: UInt64, order: Order) -> Int {
        let executor = SeededExecutor(seed: seed)
        let counter = Counter(order: order, executor: executor)
        for _ in 0..<4 {
            Task(executorPreference: executor) {
                await executor.pause()
                await counter.sell()
            }
        }
        executor.run()
        let sales = Mutex(0)
        Task(executorPreference: executor) {
            let count = await counter.sales
            sales.withLock { $0 = count }
        }
        executor.run()
        return sales.withLock { $0 }
    }
}
