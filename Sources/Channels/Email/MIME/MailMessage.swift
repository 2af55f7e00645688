import Scheduling

/// A whole message (RFC 5322) with an invitation in it (RFC 6047).
struct MailMessage: Sendable {
    struct Mailbox: Sendable {
        let address: MailAddress
        let name: String?
    }

    /// The delivery's id: the same at each attempt, so that receivers recognize repeats.
    let id: ID
    let date: Instant
    let from: Mailbox
    let to: Mailbox
    let replyTo: MailAddress?
    let subject: String
    let text: String
    let html: String
    let calendar: [UInt8]
    let method: ICalendarEvent.Method

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 * 1024)
        var headers = [
            MIMEHeader("Date", Self.date(date)),
            .mailbox("From", from.address, displayName: from.name),
            .mailbox("To", to.address, displayName: to.name),
        ]
        if let replyTo { headers.append(.mailbox("Reply-To", replyTo, displayName: nil)) }
        headers += [
            .text("Subject", subject),
            MIMEHeader("Message-ID", "<\(id)@\(from.address.domain)>"),
            MIMEHeader("Auto-Submitted", "auto-generated"),
            MIMEHeader("X-Almanac-Delivery", id.description),
            MIMEHeader("MIME-Version", "1.0"),
        ]
        for header in headers { bytes += header.line.utf8 }
        body.append(to: &bytes)
        return bytes
    }

    /// Programs that know invitations use the alternative; others show an attached file.
    private var body: MIMEEntity {
        let type = "text/calendar; charset=utf-8; method=\(method.rawValue)"
        return .multipart(
            subtype: "mixed", boundary: boundary(1),
            parts: [
                .multipart(
                    subtype: "alternative", boundary: boundary(2),
                    parts: [
                        .text("text/plain", text), .text("text/html", html),
                        .base64(calendar, headers: [MIMEHeader("Content-Type", type)]),
                    ]
                ),
                .base64(
                    calendar,
                    headers: [
                        MIMEHeader("Content-Type", words: ["\(type);", "name=\"invite.ics\""]),
                        MIMEHeader("Content-Disposition", "attachment; filename=\"invite.ics\""),
                    ]
                ),
            ]
        )
    }

    /// Neither quoted-printable nor base64 can contain `=_` (RFC 2045 §6.7), so no body contains a boundary.
    private func boundary(_ number: Int) -> String { "=_\(id)_\(number)" }

    /// `Mon, 02 Nov 2026 08:00:00 +0000` (RFC 5322 §3.3).
    private static func date(_ instant: Instant) -> String {
        let (date, second) = Zone.utc.civil(at: instant)
        let (year, month, day) = date.components
        func padded(_ number: Int, to width: Int = 2) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][date.weekday.rawValue]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = [second / 3_600, second / 60 % 60, second % 60].map { padded($0) }.joined(separator: ":")
        return "\(weekday), \(padded(day)) \(months[month - 1]) \(padded(year, to: 4)) \(time) +0000"
    }
}
