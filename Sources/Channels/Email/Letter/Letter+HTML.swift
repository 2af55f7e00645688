import Scheduling

extension Letter {
    /// The message as `text/html`. Only links have a colour, so the mail follows the reader's dark mode.
    func html() -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <title>\(Self.escaped(message.subject))</title>
        </head>
        <body style="margin:0;padding:24px 16px;\(Self.font)">
        <div style="max-width:560px;margin:0 auto">
        \(body)
        </div>
        </body>
        </html>

        """
    }

    private static let font =
        "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5"

    private var body: String {
        var blocks = ([message.greeting] + message.paragraphs).map {
            "<p style=\"margin:0 0 16px\">\(Self.escaped($0))</p>"
        }
        blocks.append("<table role=\"presentation\" style=\"border-collapse:collapse;margin:0 0 16px\">")
        blocks += message.details.map(Self.row)
        blocks.append("</table>")
        if !links.isEmpty {
            let anchors = links.map { "<a href=\"\(Self.escaped($0.url))\">\(Self.escaped($0.name))</a>" }
            blocks.append(
                "<p style=\"margin:0 0 16px\">Add it to your calendar:<br>\(anchors.joined(separator: " · "))</p>"
            )
        }
        blocks.append("<p style=\"margin:0 0 24px\">\(Self.escaped(message.signature))</p>")
        blocks.append("<p style=\"margin:0;font-size:13px;opacity:0.7\">\(Self.escaped(message.footnote))</p>")
        return blocks.joined(separator: "\n")
    }

    private static func row(_ detail: Message.Detail) -> String {
        let value = escaped(detail.value).exact.split(separator: "\n", omittingEmptySubsequences: false)
            .map(\.text).joined(separator: "<br>")
        return """
            <tr><td style="padding:2px 16px 2px 0;vertical-align:top;opacity:0.7">\(escaped(detail.label))</td>\
            <td style="padding:2px 0;vertical-align:top;overflow-wrap:anywhere">\(value)</td></tr>
            """
    }

    /// Escapes text for use between tags and in quoted attributes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
