import Testing

@testable import AlmanacRuntime

@Suite struct SignalTests {
    @Test func whatWasFiredBeforeIsHeard() async {
        let signal = Signal()
        signal.fire()
        signal.fire()
        await signal.wait()
        // Heard once: a second wait would go on for ever, and ends with its task.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            group.cancelAll()
        }
    }

    @Test func aWaiterIsWoken() async {
        let signal = Signal()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<1_000 { await signal.wait() } }
            group.addTask {
                // Fires until the waiter has heard a thousand times: none that it waits for is lost.
                while !Task.isCancelled {
                    signal.fire()
                    await Task.yield()
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    @Test func aCancelledTaskDoesNotWait() async {
        let signal = Signal()
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { await signal.wait() }
        }
        signal.fire()
        await signal.wait()
    }
}
