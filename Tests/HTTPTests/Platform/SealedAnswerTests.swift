@testable import JSON
import AlmanacRuntime
import Scheduling
import Testing

/// Kept answers hold secrets, and are sealed for the row they are in: whoever can move them in the database learns nothing.
@Suite struct SealedAnswerTests {
    private let path = "admin/api-keys"

    private func mint(_ client: Client, _ key: String) async throws -> Answer {
        try await client.post(path, ["name": "same", "scopes": ["calendars:read"]], key: key)
    }

    /// The same where the kept answer was tampered with. An answer of 5xx counts as a defect elsewhere, and here it is what is
    /// right: nobody knows any more what the first request was told.
    private func mintAgain(_ client: Client, _ key: String) async throws -> Answer {
        var answer: Answer?
        await withKnownIssue { answer = try await mint(client, key) }
        return try #require(answer)
    }

    @Test func anAnswerIsReplayedFromItsOwnRowOnly() async throws {
        try await TestServer.run { test in
            let (victim, thief) = (try await test.tenant("Victim"), try await test.tenant("Thief"))
            let secret = try #require(try await mint(victim, "one").expect(201)["api_key"]?.string)
            try await mint(victim, "two").expect(201)
            try await mint(thief, "one").expect(201)
            let replayed = try await mint(victim, "one").expect(201)
            #expect(replayed.isReplay && replayed["api_key"]?.string == secret)
            try await test.execute(
                """
                UPDATE idempotency_keys SET response = (
                    SELECT response FROM idempotency_keys k JOIN organizations o ON o.id = k.organization_id
                    WHERE o.name = 'Victim' AND k.key = 'one'
                ) WHERE response IS NOT NULL
                """)
            // In another row of the same tenant, and of another one.
            for client in [victim, thief] {
                let answer = try await mintAgain(client, client.organization == victim.organization ? "two" : "one")
                // It counts as absent; its key is taken all the same, so that nothing is carried out again.
                answer.expect(503, "overloaded")
                #expect(!answer.text.contains(secret))
            }
            #expect(try await mint(victim, "one")["api_key"]?.string == secret)
            // The same row, made to be another request's.
            try await test.execute("UPDATE idempotency_keys SET key = 'three' WHERE key = 'one'")
            #expect(try await !mintAgain(thief, "three").text.contains(secret))
            #expect(try await !mintAgain(victim, "three").text.contains(secret))
            // Nothing was made in the meantime.
            #expect(try await victim.get(path)["data"]?.array?.count == 3)
            #expect(try await thief.get(path)["data"]?.array?.count == 2)
        }
    }

    /// Its status is part of it.
    @Test func aKeptAnswerIsNotTakenForAnother() async throws {
        try await TestServer.run { test in
            let tenant = try await test.tenant()
            try await mint(tenant, "one").expect(201)
            try await test.execute("UPDATE idempotency_keys SET status = 200")
            try await mintAgain(tenant, "one").expect(503)
            #expect(try await tenant.get(path)["data"]?.array?.count == 2)
        }
    }
}
