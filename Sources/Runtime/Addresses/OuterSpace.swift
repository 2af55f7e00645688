/// White space around an address that a person copies without seeing it.
enum OuterSpace {
    /// White space of any kind, and characters without width, such as the byte order mark.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{180E}", "\u{200B}", "\u{2060}", "\u{FEFF}": true
        default: scalar.properties.isWhitespace
        }
    }

    /// The scalars of `text` without surrounding white space.
    static func trimmed(_ text: String) -> [Unicode.Scalar] {
        var scalars = ArraySlice(text.unicodeScalars)
        while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
        while let last = scalars.last, isSpace(last) { scalars.removeLast() }
        return Array(scalars)
    }
}
