@testable import JSON
import AlmanacRuntime
import Testing

@testable import AlmanacChannels

@Suite struct LetterTests {
    @Test func aLinkGivesNobodyAway() throws {
        let host = try NoticeFixture.letter(to: NoticeFixture.ada, with: ["notes": "Allergic"])
        for link in host.links {
            #expect(!link.url.contains("Allergic") && !link.url.contains("bob%40") && !link.url.contains("1234"))
        }
        #expect(host.message.calendarNote.contains("Allergic"), "their own calendar may know")
    }

    @Test func htmlIsOnlyOurs() throws {
        let evil: JSON = "<script>alert('x')</script><img src=\"x\" onerror=y>&amp;"
        let contact = NoticeFixture.contact(["name": evil, "phone": evil])
        let attendees: JSON = [["name": evil, "email": "ann@example.org"]]
        let changes: [String: JSON] = [
            "contact": contact, "title": evil, "notes": evil, "location": evil, "attendees": attendees,
            "status": "cancelled", "cancellation": NoticeFixture.cancellation(by: "host", evil),
        ]
        let calendar = NoticeFixture.calendar(name: evil.string ?? "", ownerName: evil.string)
        for address in [NoticeFixture.bob, NoticeFixture.ann, NoticeFixture.ada] {
            for type in ["appointment.cancelled", "appointment.confirmed"] {
                let html = try NoticeFixture.letter(type, to: address, with: changes, calendar: calendar).html()
                #expect(!html.contains("<script") && !html.contains("<img"))
                #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)"))
                #expect(html.contains("&lt;img src=&quot;x&quot; onerror=y&gt;&amp;amp;"))
            }
        }
    }

    @Test func linesOfNotesStayLines() throws {
        let host = try NoticeFixture.letter(to: NoticeFixture.ada, with: ["notes": "one\r\ntwo\n\nthree"])
        #expect(host.html().contains("one<br>two<br><br>three"))
        #expect(host.text().contains("Notes: one\n    two\n    \n    three\n"))
    }
}
