import Scheduling

extension ICalendarEvent {
    /// The iCalendar object (RFC 5545 §3.4) with only this event, as UTF-8 with CRLF.
    public func object(method: Method) -> [UInt8] {
        var writer = ICalendarWriter()
        writer.raw("BEGIN", "VCALENDAR")
        writer.raw("PRODID", "-//Almanac//Bookings//EN")
        writer.raw("VERSION", "2.0")
        writer.raw("CALSCALE", "GREGORIAN")
        writer.raw("METHOD", method.rawValue)
        writer.raw("BEGIN", "VEVENT")
        writeProperties(method, to: &writer)
        writer.raw("END", "VEVENT")
        writer.raw("END", "VCALENDAR")
        return writer.bytes
    }

    private func writeProperties(_ method: Method, to writer: inout ICalendarWriter) {
        writer.text("UID", uid)
        writer.raw("SEQUENCE", String(sequence))
        writer.utc("DTSTAMP", stamp)
        writer.utc("DTSTART", span.start)
        writer.utc("DTEND", span.end)
        writer.text("SUMMARY", summary)
        if let description { writer.text("DESCRIPTION", description) }
        if let location { writer.text("LOCATION", location) }
        if let url { writer.uri("URL", url) }
        if let status { writer.raw("STATUS", status.rawValue) }
        writer.raw("TRANSP", "OPAQUE")
        writer.person("ORGANIZER", organizer)
        if method != .publish {
            for attendee in attendees {
                writer.person(
                    "ATTENDEE", attendee.person,
                    [
                        ("ROLE", "REQ-PARTICIPANT"), ("PARTSTAT", attendee.hasAccepted ? "ACCEPTED" : "NEEDS-ACTION"),
                        ("RSVP", "FALSE"),
                    ]
                )
            }
        }
        if let created { writer.utc("CREATED", created) }
        if let modified { writer.utc("LAST-MODIFIED", modified) }
    }
}
