/// How a window's slots changed between two moments. The start identifies a slot.
///
/// A slot whose seats changed is in both lists: removed with its old value, added with its new one.
public struct SlotDelta: Sendable, Equatable {
    public private(set) var added: [Slot]
    public private(set) var removed: [Slot]

    public var isEmpty: Bool { added.isEmpty && removed.isEmpty }

    public init() {
        added = []
        removed = []
    }

    /// The difference between two lists, both in order of start.
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

    /// Adds the changes of a later window.
    public mutating func append(_ later: SlotDelta) {
        added += later.added
        removed += later.removed
    }
}
