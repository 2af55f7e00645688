import TestSupport
@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

/// What is offered can be booked, what is not is refused for the reason that explain gives, and a preview of the same
/// settings shows the same slots.
@Suite struct OfferedIsBookableTests {
    @Test(arguments: [1, 2, 3, 5, 8, 13, 21, 34, 55, 89].map(UInt64.init))
    func offerVerdictAndBookingAgree(seed: UInt64) async throws {
        try await TestServer.run { test in
            var random = SplitMix(seed: seed)
            let tenant = try await test.tenant()
            let settings = Self.settings(&random)
            let duration = settings["slot_duration_minutes"]!.int!
            let calendar = try await tenant.calendar(settings)
            let place: Comment = "seed \(seed), \(settings.text)"

            let preview: JSON = [
                "calendar": Fixture.calendar.with(settings), "from": "2026-11-01", "to": "2026-11-05",
                "timezone": "Europe/Paris",
            ]
            let offered = try await tenant.availability(
                calendar, from: "2026-11-01", to: "2026-11-05", "&timezone=Europe/Paris")
            let previewed = try await tenant.post("availability/preview", preview).expect(200)
            #expect(previewed["slots"] == offered["slots"], place)

            for _ in 0..<25 {
                let answer = try await tenant.availability(calendar, from: "2026-10-31", to: "2026-11-07").expect(200)
                let start = Self.start(&random, near: answer.starts)
                let isOffered = answer.starts.contains(start)
                let verdict = try await tenant.explain(calendar, at: start).expect(200)
                #expect(verdict["available"] == .bool(isOffered), "\(start) \(place)")
                let isHold = random.next() % 4 == 0
                let reply = try await isHold ? tenant.hold(calendar, start) : tenant.book(calendar, start)
                if isOffered {
                    reply.expect(201)
                    #expect(
                        reply["ends_at"]?.string == Instant(rfc3339: start)?.adding(minutes: duration).rfc3339, place)
                } else {
                    reply.expect(409, "slot_unavailable")
                    #expect(reply.reasons.first == verdict.reasons.first, "\(start) \(place)")
                    #expect(reply.reasons == verdict.reasons, "\(start) \(place)")
                    let alternatives = (reply["alternatives"]?.array ?? []).compactMap { $0["start"]?.string }
                    #expect(alternatives.count <= 3, place)
                    for alternative in alternatives {
                        #expect(try await tenant.explain(calendar, at: alternative)["available"] == true, place)
                    }
                }
                if random.next() % 3 == 0 { test.clock.advance(seconds: Int64(random.next() % 7_200)) }
                if random.next() % 8 == 0 { try await test.evict(calendar) }
            }
        }
    }

    private static func settings(_ random: inout SplitMix) -> JSON {
        let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        var hours: [JSON] = []
        for day in days where random.next() % 4 != 0 {
            let opens = Int(random.next() % 20)
            let length = 1 + Int(random.next() % 12)
            func clock(_ hour: Int, _ minute: Int) -> JSON {
                .string("\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)")
            }
            hours.append([
                "day_of_week": .string(day), "start": clock(opens, [0, 15, 30][Int(random.next() % 3)]),
                "end": clock((opens + length) % 24, [0, 45][Int(random.next() % 2)]),
            ])
        }
        let duration = [10, 25, 30, 60, 90, 480][Int(random.next() % 6)]
        return [
            "timezone": .string(
                ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"][Int(random.next() % 4)]),
            "business_hours": .array(hours), "slot_duration_minutes": .number(JSONNumber(duration)),
            "slot_interval_minutes": .number(JSONNumber([15, 30, duration][Int(random.next() % 3)])),
            "capacity": .number(JSONNumber([1, 1, 2, 5][Int(random.next() % 4)])),
            "min_notice_minutes": .number(JSONNumber([0, 0, 90, 1_440][Int(random.next() % 4)])),
            "horizon_days": .number(JSONNumber([2, 3, 60][Int(random.next() % 3)])),
            "max_bookings_per_day": random.next() % 2 == 0 ? nil : .number(JSONNumber(1 + Int(random.next() % 4))),
            "hold_minutes": .number(JSONNumber(1 + Int(random.next() % 90))),
        ]
    }

    /// An offered start, one a little beside it, or any quarter of an hour of the week.
    private static func start(_ random: inout SplitMix, near starts: [String]) -> String {
        let any = Instant(microseconds: 1_793_491_200_000_000).adding(minutes: 15 * Int(random.next() % 480))
        guard let offered = starts.randomElement(using: &random).flatMap({ Instant(rfc3339: $0) }) else {
            return any.rfc3339
        }
        switch random.next() % 4 {
        case 0: return any.rfc3339
        case 1: return offered.adding(minutes: Int(random.next() % 41) - 20).rfc3339
        default: return offered.rfc3339
        }
    }
}
