/// A text that equals another only byte by byte, as RFC 8259 §8.3 asks of keys.
///
/// `String` itself compares by canonical equivalence, so that `é` and `e` + U+0301 are one dictionary key: two members
/// would become one, and 2ⁿ spellings of one key, all with one hash, would make a body of a megabyte take minutes.
struct ExactText: Hashable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: ExactText, right: ExactText) -> Bool {
        // The first two tests are needless but cheap, and settle most pairs.
        left.text.utf8.count == right.text.utf8.count && left.text == right.text
            && left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
