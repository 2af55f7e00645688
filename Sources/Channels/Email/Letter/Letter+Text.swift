import Scheduling

extension Letter {
    /// The message as `text/plain`.
    func text() -> String {
        var blocks = [message.greeting] + message.paragraphs
        blocks.append(message.details.map(Self.text).joined(separator: "\n"))
        if !links.isEmpty {
            blocks.append(
                (["Add it to your calendar:"] + links.map { "- \($0.name): \($0.url)" }).joined(separator: "\n")
            )
        }
        blocks.append(message.signature)
        // Mail programs show the text after a line of "-- " as a signature.
        blocks.append("-- \n\(message.footnote)")
        return blocks.joined(separator: "\n\n") + "\n"
    }

    /// `When:  Monday …`, with further lines indented.
    private static func text(_ detail: Message.Detail) -> String {
        "\(detail.label): "
            + detail.value.exact.split(separator: "\n", omittingEmptySubsequences: false)
            .map(\.text).joined(separator: "\n    ")
    }
}
