import TestSupport
import Testing

@testable import AlmanacRuntime

@Suite struct MemoryBudgetTests {
    private typealias Budget = MemoryBudget<String>

    @Test func whoWasUsedLeastRecentlyGivesBackFirst() {
        let budget = Budget(limit: 1_000)
        let accounts = ["a", "b", "c", "d"].map(budget.open)
        for account in accounts { account.set(.init(answers: 240)) }
        #expect(budget.excess() == [])
        accounts[0].touch()
        accounts[1].set(.init(days: 60, answers: 240))
        #expect(budget.used == .init(days: 60, answers: 960))
        #expect(budget.isOver)
        // An eighth is to be free after it.
        #expect(budget.excess() == ["c"])
        accounts[2].set(.init())
        #expect(!budget.isOver)
        #expect(budget.excess() == [])
        #expect(budget.evictions == 1 && budget.bytesEvicted == 240)
    }

    @Test func whatIsWatchedIsNotAskedForAndHasItsBound() {
        let budget = Budget(limit: 1_000)
        let (watched, other) = (budget.open("watched"), budget.open("other"))
        watched.set(.init(watched: 900))
        other.set(.init(windows: 200))
        #expect(budget.excess() == ["other"])
        #expect(budget.hasRoom(toWatch: 100))
        #expect(!budget.hasRoom(toWatch: 101))
    }

    @Test func whoIsGoneKeepsNothing() {
        let budget = Budget(limit: 100)
        do {
            let account = budget.open("a")
            account.set(.init(answers: 500))
            #expect(budget.isOver)
        }
        #expect(!budget.isOver)
        #expect(budget.used == .init())
        let next = budget.open("b")
        next.set(.init(days: 101))
        #expect(budget.excess() == ["b"])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func theSumIsThatOfAll(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let budget = Budget(limit: 5_000)
        var kept: [(account: Budget.Account, name: String, bytes: Int)] = []
        for step in 0..<500 {
            switch Int.random(in: 0...3, using: &random) {
            case 0: kept.append((budget.open("\(step)"), "\(step)", 0))
            case 1 where !kept.isEmpty:
                let place = Int.random(in: 0...(kept.count - 1), using: &random)
                kept[place].bytes = Int.random(in: 0...900, using: &random)
                kept[place].account.set(.init(answers: kept[place].bytes))
            case 2 where !kept.isEmpty: kept.remove(at: Int.random(in: 0...(kept.count - 1), using: &random))
            default:
                for name in budget.excess() {
                    guard let place = kept.firstIndex(where: { $0.name == name }) else { continue }
                    kept[place].bytes = 0
                    kept[place].account.set(.init())
                }
                #expect(budget.used.total <= 5_000)
            }
            #expect(budget.used.total == kept.reduce(0) { $0 + $1.bytes })
        }
    }
}
