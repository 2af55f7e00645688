/// The lines of an iCalendar object, unfolded, after the checks that every object passes.
struct ContentLines {
    let lines: [String]

    /// nil if a line is longer than 75 octets, or not every line ends in CRLF, or a fold cuts a character.
    init?(_ bytes: [UInt8]) {
        guard bytes.suffix(2) == [0x0D, 0x0A] else { return nil }
        var lines: [[UInt8]] = []
        for line in bytes.dropLast(2).split(separator: 0x0A, omittingEmptySubsequences: false) {
            var line = Array(line)
            if line.last == 0x0D {
                line.removeLast()
            } else if line != Array(bytes.dropLast(2).suffix(line.count)) {
                return nil
            }
            guard line.count <= 75, !line.contains(0x0D), String(validating: line, as: UTF8.self) != nil else {
                return nil
            }
            if line.first == 0x20 {
                guard !lines.isEmpty else { return nil }
                lines[lines.count - 1] += line.dropFirst()
            } else {
                lines.append(line)
            }
        }
        self.lines = lines.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The values of all lines whose name, parameters aside, is this one.
    func values(_ name: String) -> [String] {
        lines.filter { $0.hasPrefix(name + ":") || $0.hasPrefix(name + ";") }.map { String($0.dropFirst(name.count)) }
    }
}
