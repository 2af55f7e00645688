import Scheduling

/// A link that adds the appointment to the reader's online calendar.
struct CalendarLink: Sendable, Equatable {
    let name: String
    let url: String

    /// One link for each of the large online calendars. Texts are shortened so that no link is too long.
    static func all(title: String, details: String, location: String?, span: Scheduling.Span) -> [CalendarLink] {
        let title = String(title.unicodeScalars.prefix(150))
        let details = String(details.unicodeScalars.prefix(200))
        let location = String((location ?? "").unicodeScalars.prefix(150))
        let basic = (start: span.start.basicUTC, end: span.end.basicUTC)
        let outlook = query([
            ("path", "/calendar/action/compose"), ("rru", "addevent"), ("startdt", span.start.wholeSeconds),
            ("enddt", span.end.wholeSeconds), ("subject", title), ("body", details), ("location", location),
        ])
        let google = query([
            ("action", "TEMPLATE"), ("text", title), ("dates", "\(basic.start)/\(basic.end)"), ("details", details),
            ("location", location),
        ])
        let yahoo = query([
            ("v", "60"), ("title", title), ("st", basic.start), ("et", basic.end), ("desc", details),
            ("in_loc", location),
        ])
        return [
            CalendarLink(name: "Google Calendar", url: "https://calendar.google.com/calendar/render?\(google)"),
            CalendarLink(name: "Outlook.com", url: "https://outlook.live.com/calendar/0/deeplink/compose?\(outlook)"),
            CalendarLink(
                name: "Microsoft 365", url: "https://outlook.office.com/calendar/0/deeplink/compose?\(outlook)"),
            CalendarLink(name: "Yahoo Calendar", url: "https://calendar.yahoo.com/?\(yahoo)"),
        ]
    }

    private static func query(_ fields: [(name: String, value: String)]) -> String {
        fields.filter { !$0.value.isEmpty }
            .map { "\($0.name)=\(PercentEncoding.encode($0.value))" }
            .joined(separator: "&")
    }
}

extension Instant {
    /// RFC 3339 without a fraction.
    fileprivate var wholeSeconds: String { Instant(seconds: secondsFloor).rfc3339 }
}
