/// Finds the known name that an unknown name may mean.
public enum Spelling {
    /// The longest compared name; more of it says nothing about its meaning.
    private static let comparedBytes = 64

    /// The candidate with the fewest insertions, deletions, replacements and swaps of neighbouring bytes, the first of
    /// equals; nil without candidates. A name that was only cut short is near, and ASCII case does not count.
    public static func nearest(to name: String, among candidates: some Collection<String>) -> String? {
        let name = folded(name.utf8.prefix(comparedBytes))
        func steps(_ candidate: String) -> Int {
            let candidate = folded(candidate.utf8)
            return name.count > 2 && candidate.starts(with: name) ? 1 : distance(name, candidate)
        }
        return candidates.map { (text: $0, steps: steps($0)) }.min { $0.steps < $1.steps }?.text
    }

    private static func folded(_ text: some Sequence<UInt8>) -> [UInt8] {
        text.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
    }

    /// Optimal string alignment over bytes.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var before: [Int] = []
        var above = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var line = [row + 1]
            line.reserveCapacity(right.count + 1)
            for column in right.indices {
                let isSame = byte == right[column]
                var cost = min(line[column] + 1, above[column + 1] + 1, above[column] + (isSame ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, before[column - 1] + 1)
                }
                line.append(cost)
            }
            (before, above) = (above, line)
        }
        return above[right.count]
    }
}
