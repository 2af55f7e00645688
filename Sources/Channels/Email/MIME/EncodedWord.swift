import Foundation
import Scheduling

/// Text in headers (RFC 2047): ASCII words unchanged, everything else as encoded words.
enum EncodedWord {
    /// The text of an unstructured field (RFC 5322 §2.2.1) as words; a line may break between two words.
    ///
    /// - Parameter used: how many characters of the first line are taken already.
    static func unstructured(_ text: String, used: Int) -> [String] {
        let words = text.exact.split(separator: " ").map(\.text)
        return isPlain(text) && words.allSatisfy { $0.utf8.count <= 60 } ? words : encoded(text, used: used)
    }

    /// A display name (RFC 5322 §3.4): quoted, or encoded if it cannot be quoted.
    static func phrase(_ name: String, used: Int) -> [String] {
        guard isPlain(name), name.utf8.count <= 50 else { return encoded(name, used: used) }
        var quoted = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            if scalar == "\\" || scalar == "\"" { quoted.append("\\") }
            quoted.append(scalar)
        }
        return ["\"\(String(quoted))\""]
    }

    /// Whether the text is printable ASCII that no reader takes for an encoded word.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && !text.exact.contains("=?" as ExactText)
    }

    /// Encoded words of whole characters. No word is longer than 75, no line longer than 76 (RFC 2047 §2 and §5).
    private static func encoded(_ text: String, used: Int) -> [String] {
        var words: [String] = []
        var chunk: [UInt8] = []
        var room = bytes(in: 76 - used)
        func close() {
            guard !chunk.isEmpty else { return }
            words.append("=?UTF-8?B?\(Data(chunk).base64EncodedString())?=")
            chunk = []
        }
        for scalar in text.unicodeScalars {
            let encoded = UTF8.encode(scalar).map(Array.init) ?? []
            if chunk.count + encoded.count > room {
                close()
                room = bytes(in: 75)
            }
            chunk += encoded
        }
        close()
        return words
    }

    /// How many bytes fit into an encoded word of this length.
    private static func bytes(in length: Int) -> Int { max(0, length - 12) / 4 * 3 }
}
