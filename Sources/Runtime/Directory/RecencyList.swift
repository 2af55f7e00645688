/// Slots in the order of their last use, the oldest first. Every operation is O(1); links live in one array.
@usableFromInline
struct RecencyList: Sendable {
    @usableFromInline
    struct Link: Sendable {
        @usableFromInline var previous: Int32
        @usableFromInline var next: Int32
        @usableFromInline var stamp: UInt64
        @usableFromInline var isLinked: Bool

        @inlinable init(previous: Int32, next: Int32, stamp: UInt64, isLinked: Bool) {
            self.previous = previous
            self.next = next
            self.stamp = stamp
            self.isLinked = isLinked
        }
    }

    @inlinable static var none: Int32 { -1 }
    @usableFromInline var links: [Link] = []
    @usableFromInline var head = none
    @usableFromInline var tail = none

    var first: Int? { head == Self.none ? nil : Int(head) }

    func next(after slot: Int) -> Int? {
        let next = links[slot].next
        return next == Self.none ? nil : Int(next)
    }

    @inlinable
    func contains(_ slot: Int) -> Bool { slot < links.count && links[slot].isLinked }

    /// When the slot was last used. Only for linked slots.
    func stamp(of slot: Int) -> UInt64 { links[slot].stamp }

    /// Appends a slot as the most recent. Stamps never decrease along the list: callers read the clock
    /// before they take the lock, so a later one may arrive with an earlier time.
    @inlinable
    mutating func append(_ slot: Int, at now: UInt64) {
        while links.count <= slot {
            links.append(Link(previous: Self.none, next: Self.none, stamp: 0, isLinked: false))
        }
        precondition(!links[slot].isLinked, "a slot is linked once")
        let stamp = tail == Self.none ? now : max(now, links[Int(tail)].stamp)
        links[slot] = Link(previous: tail, next: Self.none, stamp: stamp, isLinked: true)
        if tail == Self.none { head = Int32(slot) } else { links[Int(tail)].next = Int32(slot) }
        tail = Int32(slot)
    }

    /// Removes a slot. Does nothing if it is not linked.
    @inlinable
    mutating func remove(_ slot: Int) {
        guard contains(slot) else { return }
        let link = links[slot]
        if link.previous == Self.none { head = link.next } else { links[Int(link.previous)].next = link.next }
        if link.next == Self.none { tail = link.previous } else { links[Int(link.next)].previous = link.previous }
        links[slot].isLinked = false
    }
}
