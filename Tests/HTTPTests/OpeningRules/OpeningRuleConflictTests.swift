@testable import SQL
@testable import JSON
import AlmanacRuntime
import Testing

/// What a calendar has once only, and changes that come together.
@Suite struct OpeningRuleConflictTests {
    @Test func aDateHasOneFixedRule() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/availability-rules"
            let body = OpeningRuleCase.fixedRule.body
            let first = try await tenant.add("availability-rules", body, to: calendar)
            let second = try await tenant.add(
                "availability-rules", body.with(["date": "2026-11-12"]), to: calendar
            )
            let refused = try await tenant.post(path, body.with(["intervals": []]), key: "k")
            refused.expect(409, "duplicate_date")
            #expect(refused.errors == ["/date duplicate_date"])
            try await tenant.put("\(path)/\(second)", body).expect(409, "duplicate_date")
            // Its own date is no other's; nor does another kind have one.
            try await tenant.put("\(path)/\(first)", body.with(["intervals": []])).expect(200)
            let custom = try await tenant.add("availability-rules", OpeningRuleCase.customRule.body, to: calendar)
            try await tenant.put("\(path)/\(custom)", body).expect(409, "duplicate_date")
            try await tenant.put("\(path)/\(first)", OpeningRuleCase.customRule.body).expect(200)
            // Free again: the refusal was not kept under its key.
            try await tenant.post(path, body.with(["intervals": []]), key: "k").expect(201)
            let other = try await tenant.calendar(["slug": "other"])
            try await tenant.post("calendars/\(other)/availability-rules", body).expect(201)
        }
    }

    @Test func aCalendarHasOneBufferOfAKind() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/buffer-times"
            var ids: [String] = []
            for kind in ["before", "after", "between"] {
                ids.append(try await tenant.add("buffer-times", ["kind": .string(kind), "minutes": 5], to: calendar))
            }
            for kind in ["before", "after", "between"] {
                let refused = try await tenant.post(path, ["kind": .string(kind), "minutes": 6])
                refused.expect(409, "duplicate_kind")
                #expect(refused.errors == ["/kind duplicate_kind"])
            }
            try await tenant.put("\(path)/\(ids[0])", ["kind": "after", "minutes": 5]).expect(409, "duplicate_kind")
            try await tenant.put("\(path)/\(ids[0])", ["kind": "before", "minutes": 0]).expect(200)
            try await tenant.delete("\(path)/\(ids[1])").expect(204)
            try await tenant.put("\(path)/\(ids[0])", ["kind": "after", "minutes": 5]).expect(200)
        }
    }

    @Test func aCalendarHasAThousandBlackoutsAndNoMore() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)/blackout-dates"
            let id = try await tenant.add("blackout-dates", OpeningRuleCase.blackout.body, to: calendar)
            let columns =
                "organization_id, calendar_id, starts_on, ends_on, repeats_yearly, version, created_at, updated_at"
            let isPostgres = test.postgresURL != nil
            try await test.execute(
                """
                INSERT INTO blackout_dates (id, \(columns))
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
                SELECT \(isPostgres ? "gen_random_uuid()" : "randomblob(16)"), \(columns) FROM blackout_dates, n
                """
            )
            try await test.evict(calendar)
            try await tenant.post(path, OpeningRuleCase.blackout.body).expect(409, "limit_exceeded")
            try await tenant.put("\(path)/\(id)", OpeningRuleCase.blackout.body).expect(200)
            try await tenant.delete("\(path)/\(id)").expect(204)
            try await tenant.post(path, OpeningRuleCase.blackout.body).expect(201)
            try await tenant.post(path, OpeningRuleCase.blackout.body).expect(409, "limit_exceeded")
        }
    }

    /// Memory is wrong about what there is: the database refuses, and what it knows is read anew.
    @Test func theDatabaseIsTheLastJudge() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let id = try await tenant.add("buffer-times", ["kind": "before", "minutes": 5], to: calendar)
            try await test.execute("UPDATE buffer_times SET kind = 'after'")
            let path = "calendars/\(calendar)/buffer-times"
            try await tenant.post(path, ["kind": "after", "minutes": 5]).expect(409, "duplicate_kind")
            #expect(try await tenant.get("\(path)/\(id)")["kind"] == "after")
            // And a version that is not the one it knows.
            try await test.execute("UPDATE buffer_times SET version = 7")
            let put = try await tenant.put("\(path)/\(id)", ["kind": "after", "minutes": 6]).expect(200)
            #expect(put["version"] == 8)
            try await test.execute("UPDATE calendars SET layers_version = 99")
            try await tenant.delete("\(path)/\(id)").expect(204)
            let rows = try await test.query("SELECT layers_version FROM calendars")
            #expect(try rows.first?.int(0) == 100)
        }
    }

    @Test func changesThatComeTogetherAllCount() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let path = "calendars/\(calendar)"
            let statuses = try await parallel(24) { index -> Int in
                switch index % 4 {
                case 0: return try await tenant.post(path + "/break-times", OpeningRuleCase.oneTimeBreak.body).status
                case 1:
                    return try await tenant.post(path + "/availability-rules", OpeningRuleCase.fixedRule.body).status
                case 2: return try await tenant.patch(path, ["capacity": .number(JSONNumber(index))]).status
                default: return try await tenant.post(path + "/blackout-dates", OpeningRuleCase.blackout.body).status
                }
            }
            // One of six takes the date.
            let counts = Dictionary(grouping: statuses, by: \.self).mapValues(\.count)
            #expect(counts == [201: 13, 200: 6, 409: 5])
            #expect(try await tenant.get(path + "/break-times")["data"]?.array?.count == 6)
            #expect(try await tenant.get(path + "/blackout-dates")["data"]?.array?.count == 6)
            #expect(try await tenant.get(path)["version"] == 7)
            let rows = try await test.query("SELECT layers_version FROM calendars")
            #expect(try rows.first?.int(0) == 13)
        }
    }

    @Test func ofManyThatReplaceOneVersionOneDoes() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            let calendar = try await tenant.calendar()
            let made = try await tenant.post("calendars/\(calendar)/break-times", OpeningRuleCase.oneTimeBreak.body)
                .expect(
                    201)
            let path = "calendars/\(calendar)/break-times/\(try #require(made["id"]?.string))"
            let tag = try #require(made.etag)
            let statuses = try await parallel(12) { index in
                let body = OpeningRuleCase.oneTimeBreak.body.with(["start": .string("14:\(10 + index)")])
                return try await tenant.put(path, body, headers: ["If-Match": tag]).status
            }
            #expect(statuses.count { $0 == 200 } == 1)
            #expect(statuses.count { $0 == 412 } == 11)
            #expect(try await tenant.get(path)["version"] == 2)
        }
    }
}
