/// What became of a window's slots between two moments. Slots are known by their start.
///
/// A slot whose seats changed is in both lists, removed as it was and added as it is.
public struct SlotDelta: Sendable, Equatable {
    public private(set) var added: [Slot]
    public private(set) var removed: [Slot]

    public var isEmpty: Bool { added.isEmpty && removed.isEmpty }

    public init() {
        added = []
        removed = []
    }

    /// The way from one list to another, both in order of start.
    public init(from old: some Sequence<Slot>, to new: some Sequence<Slot>) {
        self.init()
        var (olds, news) = (old.makeIterator(), new.makeIterator())
        var (left, right) = (olds.next(), news.next())
        while left != nil || right != nil {
            if let gone = left, right.map({ gone.start < $0.start }) ?? true {
                removed.append(gone)
                left = olds.next()
            } else if let come = right, left.map({ come.start < $0.start }) ?? true {
                added.append(come)
                right = news.next()
            } else {
                if let gone = left, let come = right, gone != come {
                    removed.append(gone)
                    added.append(come)
                }
                (left, right) = (olds.next(), news.next())
            }
        }
    }

    /// Adds what became of a later window.
    public mutating func append(_ later: SlotDelta) {
        added += later.added
        removed += later.removed
    }
}
