import Foundation

/// A message taken apart by the rules of RFC 5322 and 2045–2047, as far as ours use them.
struct ParsedMail {
    struct Part {
        /// Unfolded; names in lower case.
        let headers: [(name: String, value: String)]
        let body: String
        let parts: [Part]

        subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

        /// The type without its parameters.
        var type: String { String((self["content-type"] ?? "").prefix { $0 != ";" }) }

        /// The body without its transfer encoding.
        var content: [UInt8] {
            switch self["content-transfer-encoding"] {
            case "base64": [UInt8](Data(base64Encoded: body.filter { !$0.isWhitespace }) ?? Data())
            case "quoted-printable": ParsedMail.decodeQuotedPrintable(body)
            default: Array(body.utf8)
            }
        }

        var text: String { String(decoding: content, as: UTF8.self) }

        /// This part and all inside it.
        var all: [Part] { [self] + parts.flatMap(\.all) }
    }

    let root: Part

    init(_ message: String) { root = Self.part(message) }

    var parts: [Part] { root.all }

    subscript(name: String) -> String? { root[name] }

    func first(_ type: String) -> Part? { parts.first { $0.type == type } }

    private static func part(_ text: String) -> Part {
        let split = text.range(of: "\r\n\r\n")
        let head = split.map { text[..<$0.lowerBound] } ?? text[...]
        let body = split.map { String(text[$0.upperBound...]) } ?? ""
        let unfolded = head.replacing("\r\n ", with: " ")
        let headers = unfolded.split(separator: "\r\n").map { line -> (name: String, value: String) in
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            return (line[..<colon].lowercased(), line[colon...].dropFirst().trimmingCharacters(in: .whitespaces))
        }
        let type = headers.first { $0.name == "content-type" }?.value ?? ""
        guard let start = type.range(of: "boundary=\"") else { return Part(headers: headers, body: body, parts: []) }
        let boundary = String(type[start.upperBound...].prefix { $0 != "\"" })
        let inner = ("\r\n" + body).components(separatedBy: "\r\n--\(boundary)")
        // Before the first is a preamble, after the last the end mark.
        let parts = inner.dropFirst().filter { !$0.hasPrefix("--") }.map { part(String($0.dropFirst())) }
        return Part(headers: headers, body: body, parts: parts)
    }

    /// Decodes encoded words and drops the space between two of them (RFC 2047 §6.2).
    static func decodeWords(_ value: String) -> String {
        var result = ""
        var wasEncoded = false
        for word in value.split(separator: " ") {
            let fields = word.split(separator: "?", omittingEmptySubsequences: false)
            if fields.count == 5, fields[0] == "=", fields[1] == "UTF-8", fields[2] == "B", fields[4] == "=",
                let data = Data(base64Encoded: String(fields[3])), let text = String(data: data, encoding: .utf8)
            {
                result += (result.isEmpty || wasEncoded ? "" : " ") + text
                wasEncoded = true
            } else {
                result += (result.isEmpty ? "" : " ") + word
                wasEncoded = false
            }
        }
        return result
    }

    static func decodeQuotedPrintable(_ text: String) -> [UInt8] {
        let bytes = Array(text.replacing("=\r\n", with: "").utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "="), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                result.append(value)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }
}
