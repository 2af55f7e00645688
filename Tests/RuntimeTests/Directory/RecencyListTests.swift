import Testing

@testable import AlmanacRuntime

@Suite struct RecencyListTests {
    private func order(_ list: RecencyList) -> [Int] {
        Array(sequence(first: list.first, next: { $0.flatMap(list.next(after:)) }).prefix { $0 != nil }.map { $0! })
    }

    @Test func keepsTheOrderOfLastUse() {
        var list = RecencyList()
        for slot in [2, 0, 1] { list.append(slot, at: 5) }
        #expect(order(list) == [2, 0, 1])
        list.remove(0)
        list.append(0, at: 6)
        list.remove(2)
        list.remove(2)
        #expect(order(list) == [1, 0])
        list.remove(0)
        list.remove(1)
        #expect(list.first == nil)
    }

    @Test func stampsNeverDecreaseAlongTheList() {
        var list = RecencyList()
        list.append(0, at: 9)
        list.append(1, at: 7)
        #expect(list.stamp(of: 1) == 9)
    }
}
