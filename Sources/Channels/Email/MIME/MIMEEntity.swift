import Foundation

/// A body part, or one that contains several (RFC 2046).
indirect enum MIMEEntity: Sendable {
    case part(headers: [MIMEHeader], body: [UInt8])
    case multipart(subtype: String, boundary: String, parts: [MIMEEntity])

    /// Text in quoted-printable.
    static func text(_ type: String, _ text: String) -> MIMEEntity {
        .part(
            headers: [
                MIMEHeader("Content-Type", "\(type); charset=utf-8"),
                MIMEHeader("Content-Transfer-Encoding", "quoted-printable"),
            ],
            body: QuotedPrintable.encode(text)
        )
    }

    /// Bytes in base64 (RFC 2045 §6.8).
    static func base64(_ bytes: [UInt8], headers: [MIMEHeader]) -> MIMEEntity {
        let lines = Data(bytes).base64EncodedData(
            options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed]
        )
        return .part(
            headers: headers + [MIMEHeader("Content-Transfer-Encoding", "base64")], body: [UInt8](lines) + [0x0D, 0x0A]
        )
    }

    func append(to bytes: inout [UInt8]) {
        switch self {
        case .part(let headers, let body):
            for header in headers { bytes += header.line.utf8 }
            bytes += [0x0D, 0x0A]
            bytes += body
        case .multipart(let subtype, let boundary, let parts):
            let type = MIMEHeader("Content-Type", words: ["multipart/\(subtype);", "boundary=\"\(boundary)\""])
            bytes += type.line.utf8
            bytes += [0x0D, 0x0A]
            for part in parts {
                bytes += "--\(boundary)\r\n".utf8
                part.append(to: &bytes)
                // The line break before a boundary belongs to the boundary (RFC 2046 §5.1.1), so the part keeps its
                // own.
                bytes += [0x0D, 0x0A]
            }
            bytes += "--\(boundary)--\r\n".utf8
        }
    }
}
