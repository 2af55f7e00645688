/// A header field, folded so that no line is longer than 76 if its words allow that (RFC 5322 §2.2.3).
struct MIMEHeader: Sendable {
    let name: String
    /// Words of printable ASCII; a line may break between two words.
    let words: [String]

    init(_ name: String, words: [String]) {
        self.name = name
        self.words = words
    }

    /// A field whose value is constant or has been checked.
    init(_ name: String, _ value: String) { self.init(name, words: [value]) }

    static func text(_ name: String, _ text: String) -> MIMEHeader {
        MIMEHeader(name, words: EncodedWord.unstructured(text, used: name.utf8.count + 2))
    }

    /// `From`, `To`, `Reply-To` with one mailbox.
    static func mailbox(_ name: String, _ address: MailAddress, displayName: String?) -> MIMEHeader {
        guard let displayName else { return MIMEHeader(name, words: ["<\(address.spec)>"]) }
        let phrase = EncodedWord.phrase(displayName, used: name.utf8.count + 2)
        return MIMEHeader(name, words: phrase + ["<\(address.spec)>"])
    }

    var line: String {
        var text = "\(name):"
        var length = text.utf8.count
        for (index, word) in words.enumerated() {
            if index > 0, length + 1 + word.utf8.count > 76 {
                text += "\r\n"
                length = 0
            }
            text += " \(word)"
            length += 1 + word.utf8.count
        }
        return text + "\r\n"
    }
}
