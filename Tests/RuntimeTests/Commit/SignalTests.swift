import Testing

@testable import AlmanacRuntime

@Suite(.timeLimit(.minutes(1))) struct SignalTests {
    @Test func whatWasFiredBeforeIsHeardOnce() async {
        let signal = Signal()
        signal.fire()
        signal.fire()
        await signal.wait()
        let second = Task {
            await signal.wait()
            return Task.isCancelled
        }
        for _ in 0..<100 { await Task.yield() }
        second.cancel()
        #expect(await second.value, "a second wait ended although nothing was fired again")
    }

    @Test func aWaiterIsWoken() async {
        let signal = Signal()
        let waiter = Task {
            var heard = 0
            while heard < 1_000, !Task.isCancelled {
                await signal.wait()
                heard += 1
            }
            return heard
        }
        // Fires until the waiter has heard a thousand times: none that it waits for is lost.
        let firing = Task {
            while !Task.isCancelled {
                signal.fire()
                await Task.yield()
            }
        }
        #expect(await waiter.value == 1_000)
        firing.cancel()
    }

    @Test func aCancelledTaskDoesNotTakeASignal() async {
        let signal = Signal()
        let cancelled = Task {
            await signal.wait()
            return Task.isCancelled
        }
        cancelled.cancel()
        #expect(await cancelled.value)
        signal.fire()
        await signal.wait()
        let next = Task {
            await signal.wait()
            return Task.isCancelled
        }
        for _ in 0..<100 { await Task.yield() }
        next.cancel()
        #expect(await next.value, "the signal was heard twice")
    }
}
