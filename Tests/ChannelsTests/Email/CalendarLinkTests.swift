import Foundation
import Scheduling
import Testing

@testable import AlmanacChannels

@Suite struct CalendarLinkTests {
    private static let span = Span(
        NoticeFixture.instant("2026-11-02T08:00:00.5Z"), NoticeFixture.instant("2026-11-02T08:30:00Z")
    )

    private func fields(_ url: String) throws -> [String: String] {
        let components = try #require(URLComponents(string: url))
        let items = components.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { first, _ in first }
    }

    @Test func everyLinkCarriesTheWholeAppointment() throws {
        let links = CalendarLink.all(
            title: "Tea & \"cake\" #1? +50% für Zoë", details: "a=b&c\nline", location: "Straße 1/2", span: Self.span
        )
        #expect(links.map(\.name) == ["Google Calendar", "Outlook.com", "Microsoft 365", "Yahoo Calendar"])
        let names = [
            ("text", "details", "location"), ("subject", "body", "location"), ("subject", "body", "location"),
            ("title", "desc", "in_loc"),
        ]
        for (link, name) in zip(links, names) {
            let fields = try fields(link.url)
            #expect(fields[name.0] == "Tea & \"cake\" #1? +50% für Zoë")
            #expect(fields[name.1] == "a=b&c\nline")
            #expect(fields[name.2] == "Straße 1/2")
            #expect(link.url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"<>'".utf8.contains($0) })
        }
        #expect(
            links[0].url.hasPrefix("https://calendar.google.com/calendar/render?action=TEMPLATE&text=Tea%20%26%20")
        )
        #expect(try fields(links[0].url)["dates"] == "20261102T080000Z/20261102T083000Z")
        let outlook = try fields(links[1].url)
        #expect(outlook["startdt"] == "2026-11-02T08:00:00Z" && outlook["enddt"] == "2026-11-02T08:30:00Z")
        #expect(outlook["rru"] == "addevent" && outlook["path"] == "/calendar/action/compose")
    }

    @Test func noLinkIsTooLongToBeFollowed() {
        let long = String(repeating: "漢", count: 5_000)
        for link in CalendarLink.all(title: long, details: long, location: long, span: Self.span) {
            #expect(link.url.utf8.count < 5_000)
        }
    }
}
