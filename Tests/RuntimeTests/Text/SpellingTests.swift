import Testing

@testable import AlmanacRuntime

@Suite struct SpellingTests {
    @Test(arguments: [
        ("limti", "limit"), ("Limit", "limit"), ("cursr", "cursor"), ("calender_id", "calendar_id"), ("form", "from"),
        ("timezon", "timezone"), ("duration", "duration_minutes"), ("", "to"), ("te\u{301}o", "to"),
    ])
    func theNearestIsNamed(name: String, nearest: String) {
        let names = ["limit", "cursor", "calendar_id", "from", "to", "timezone", "duration_minutes"]
        #expect(Spelling.nearest(to: name, among: names) == nearest)
    }

    @Test func withoutCandidatesThereIsNone() { #expect(Spelling.nearest(to: "x", among: []) == nil) }

    @Test func distancesAreThoseOfOptimalStringAlignment() {
        let cases = [
            ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("ca", "ac", 1), ("kitten", "sitting", 3), ("a", "b", 1),
        ]
        for (left, right, distance) in cases {
            #expect(Spelling.distance(Array(left.utf8), Array(right.utf8)) == distance, "\(left) \(right)")
            #expect(Spelling.distance(Array(right.utf8), Array(left.utf8)) == distance)
        }
    }
}
