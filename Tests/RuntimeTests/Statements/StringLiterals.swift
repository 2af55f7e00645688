/// A string literal of a Swift source, and what is put into it or added to it.
struct StringLiteral {
    /// The text; a place where a value is put in is `mark`.
    var text = ""
    /// The expressions of those places, in order.
    var interpolations: [String] = []
    /// What stands on the other side of a `+` before and behind it, if that is not another text in quotes.
    var joined: [String] = []

    static let mark: Character = "\u{FFFC}"
}

/// Finds the string literals of a source: a reader of just enough Swift.
struct StringLiterals {
    private let source: [Character]
    private var index = 0
    private(set) var found: [StringLiteral] = []

    init(_ text: String) {
        source = Array(text)
        while index < source.count { step() }
    }

    private func looksAt(_ word: String, at place: Int) -> Bool {
        let word = Array(word)
        return place + word.count <= source.count && Array(source[place..<place + word.count]) == word
    }

    private mutating func step() {
        if looksAt("//", at: index) {
            while index < source.count, source[index] != "\n" { index += 1 }
        } else if looksAt("/*", at: index) {
            while index < source.count, !looksAt("*/", at: index) { index += 1 }
            index += 2
        } else if source[index] == "\"" || source[index] == "#" && isRaw(index) {
            literal()
        } else {
            index += 1
        }
    }

    private func isRaw(_ place: Int) -> Bool {
        var place = place
        while place < source.count, source[place] == "#" { place += 1 }
        return place < source.count && source[place] == "\""
    }

    private mutating func literal() {
        let begin = index
        var hashes = ""
        while source[index] == "#" {
            hashes.append("#")
            index += 1
        }
        let quote = (looksAt("\"\"\"", at: index) ? "\"\"\"" : "\"")
        index += quote.count
        let end = quote + hashes
        let opening = "\\" + hashes + "("
        var literal = StringLiteral()
        while index < source.count, !looksAt(end, at: index) {
            if looksAt(opening, at: index) {
                index += opening.count
                literal.text.append(StringLiteral.mark)
                literal.interpolations.append(expression())
            } else if source[index] == "\\", hashes.isEmpty {
                literal.text.append(contentsOf: source[index..<min(index + 2, source.count)])
                index += 2
            } else {
                literal.text.append(source[index])
                index += 1
            }
        }
        index += end.count
        if let left = operand(before: begin) { literal.joined.append(left) }
        if let right = operand(after: index) { literal.joined.append(right) }
        found.append(literal)
    }

    /// An interpolation up to its closing parenthesis; literals inside it are found too.
    private mutating func expression() -> String {
        let begin = index
        var depth = 1
        while index < source.count {
            if source[index] == "\"" {
                literal()
                continue
            }
            if source[index] == "(" { depth += 1 }
            if source[index] == ")" { depth -= 1 }
            index += 1
            if depth == 0 { break }
        }
        return String(source[begin..<max(begin, index - 1)])
    }

    private static func belongs(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "." || character == "_"
    }

    private func operand(before place: Int) -> String? {
        var place = place - 1
        while place >= 0, source[place].isWhitespace { place -= 1 }
        guard place >= 0, source[place] == "+" else { return nil }
        place -= 1
        while place >= 0, source[place].isWhitespace { place -= 1 }
        guard place >= 0, source[place] != "\"" else { return nil }
        let end = place
        while place >= 0, Self.belongs(source[place]) { place -= 1 }
        return String(source[(place + 1)..<(end + 1)])
    }

    private func operand(after place: Int) -> String? {
        var place = place
        while place < source.count, source[place].isWhitespace { place += 1 }
        guard place < source.count, source[place] == "+" else { return nil }
        place += 1
        while place < source.count, source[place].isWhitespace { place += 1 }
        guard place < source.count, source[place] != "\"", source[place] != "#" else { return nil }
        let begin = place
        while place < source.count, Self.belongs(source[place]) { place += 1 }
        return String(source[begin..<place])
    }
}
