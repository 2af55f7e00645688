/// White space around an address: what a person does not see having copied.
enum OuterSpace {
    /// White space of any kind, and what has no width and stands between words or at the beginning of files.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{180E}", "\u{200B}", "\u{2060}", "\u{FEFF}": true
        default: scalar.properties.isWhitespace
        }
    }

    /// The scalars of `text` without what surrounds them.
    static func trimmed(_ text: String) -> [Unicode.Scalar] {
        var scalars = ArraySlice(text.unicodeScalars)
        while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
        while let last = scalars.last, isSpace(last) { scalars.removeLast() }
        return Array(scalars)
    }
}
