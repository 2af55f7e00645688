import Scheduling

/// A JSON object (RFC 8259 §4): unique keys in the order of their insertion.
public struct JSONObject: Sendable {
    struct Entry: Sendable {
        let key: String
        var value: JSON
    }

    /// Up to this many keys are looked up by comparing; most objects have fewer.
    private static let linearCount = 8

    private(set) var entries: ContiguousArray<Entry> = []
    /// Where each key is, once there are too many to compare.
    private var places: [ExactText: Int]?

    public init() {}

    /// A repeated key replaces the earlier value, in the earlier place.
    public init(_ pairs: [(String, JSON)]) {
        entries.reserveCapacity(pairs.count)
        for (key, value) in pairs {
            self[key] = value
        }
    }

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }
    public var keys: [String] { entries.map(\.key) }

    /// Setting nil removes the member and moves all that follow; to remove many, build another object.
    public subscript(key: String) -> JSON? {
        get {
            place(of: key).map { entries[$0].value }
        }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): entries[place].value = value
            case (nil, let value?): append(key, value)
            case (let place?, nil): remove(at: place)
            case (nil, nil): break
            }
        }
    }

    func place(of key: String) -> Int? {
        let key = ExactText(key)
        if let places { return places[key] }
        for place in entries.indices where ExactText(entries[place].key) == key { return place }
        return nil
    }

    /// - Precondition: the key does not exist yet.
    mutating func append(_ key: String, _ value: JSON) {
        if entries.isEmpty { entries.reserveCapacity(4) }
        entries.append(Entry(key: key, value: value))
        if places != nil {
            places?[ExactText(key)] = entries.count - 1
        } else if entries.count > Self.linearCount {
            indexKeys()
        }
    }

    private mutating func remove(at place: Int) {
        entries.remove(at: place)
        places = nil
        if entries.count > Self.linearCount { indexKeys() }
    }

    private mutating func indexKeys() {
        places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { (ExactText($1.key), $0) })
    }
}

extension JSONObject: Hashable {
    /// The order of members does not count.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        var sum = 0
        for entry in entries {
            var hasher = Hasher()
            hasher.combine(ExactText(entry.key))
            hasher.combine(entry.value)
            sum ^= hasher.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: Sequence {
    public struct Iterator: IteratorProtocol {
        fileprivate var entries: ContiguousArray<Entry>.Iterator

        public mutating func next() -> (key: String, value: JSON)? {
            entries.next().map { ($0.key, $0.value) }
        }
    }

    public var underestimatedCount: Int { entries.count }

    public func makeIterator() -> Iterator {
        Iterator(entries: entries.makeIterator())
    }
}
