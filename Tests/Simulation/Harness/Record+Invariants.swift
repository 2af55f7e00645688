@testable import JSON
@testable import SQL
import Scheduling

@testable import AlmanacRuntime

extension Record {
    /// What must hold between any two transactions. Each query selects what breaks the rule.
    private static let rules: [(name: String, sql: String)] = [
        (
            "two live rows of a seat overlap",
            """
            SELECT 1 FROM time_slots a JOIN time_slots b ON b.calendar_id = a.calendar_id AND b.seat = a.seat
                AND b.id > a.id AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at
            """
        ),
        (
            "a calendar's events are not numbered 1…n, or its head is not at n",
            """
            SELECT 1 FROM calendar_heads h WHERE h.seq <> (SELECT count(*) FROM events e WHERE e.calendar_id = h.calendar_id)
                OR h.seq <> (SELECT coalesce(max(seq), 0) FROM events e WHERE e.calendar_id = h.calendar_id)
            """
        ),
        (
            "a calendar's opening rules have changed more or less often than its layers_version says",
            """
            SELECT 1 FROM calendars c WHERE c.layers_version <>
                (SELECT coalesce(sum(version), 0) FROM availability_rules WHERE calendar_id = c.id)
                + (SELECT coalesce(sum(version), 0) FROM buffer_times WHERE calendar_id = c.id)
                + (SELECT coalesce(sum(version), 0) FROM break_times WHERE calendar_id = c.id)
                + (SELECT coalesce(sum(version), 0) FROM blackout_dates WHERE calendar_id = c.id)
            """
        ),
        (
            "an appointment has not exactly one booked event of its calendar",
            """
            SELECT 1 FROM appointments a WHERE 1 <> (SELECT count(*) FROM events e WHERE e.subject_id = a.id
                AND e.calendar_id = a.calendar_id AND e.type = 'appointment.booked')
            """
        ),
        (
            "a booked event has no appointment",
            """
            SELECT 1 FROM events e WHERE e.type = 'appointment.booked'
                AND NOT EXISTS (SELECT 1 FROM appointments a WHERE a.id = e.subject_id)
            """
        ),
        (
            "an appointment has not exactly one audit row of its booking",
            """
            SELECT 1 FROM appointments a WHERE 1 <> (SELECT count(*) FROM audit_log l WHERE l.target_id = a.id
                AND l.action = 'appointment.book')
            """
        ),
        (
            "an active appointment does not keep its time, or one that is not active does",
            """
            SELECT 1 FROM appointments a LEFT JOIN time_slots s ON s.owner = a.id AND s.kind = 'appointment'
                AND s.calendar_id = a.calendar_id AND s.seat = a.seat AND s.starts_at = a.starts_at
                AND s.ends_at = a.ends_at
            WHERE (a.status IN ('pending', 'confirmed')) <> (s.id IS NOT NULL)
            """
        ),
        (
            "a row of an appointment belongs to none",
            """
            SELECT 1 FROM time_slots s WHERE s.kind = 'appointment'
                AND NOT EXISTS (SELECT 1 FROM appointments a WHERE a.id = s.owner)
            """
        ),
        (
            "a cancelled appointment has not exactly one cancellation and one event of it",
            """
            SELECT 1 FROM appointments a WHERE (a.status = 'cancelled')
                <> (SELECT count(*) FROM appointment_cancellations c WHERE c.appointment_id = a.id)
                OR (a.status = 'cancelled')
                <> (SELECT count(*) FROM events e WHERE e.subject_id = a.id AND e.type = 'appointment.cancelled')
            """
        ),
        (
            "a hold that was placed is neither live nor ended once by an event, or is both",
            """
            SELECT 1 FROM events e WHERE e.type = 'hold.placed' AND 1 <>
                (SELECT count(*) FROM time_slots s WHERE s.owner = e.subject_id AND s.kind = 'hold')
                + (SELECT count(*) FROM events d WHERE d.subject_id = e.subject_id
                    AND d.type IN ('hold.released', 'hold.expired', 'appointment.booked'))
            """
        ),
        (
            "an idempotency key points at no event",
            """
            SELECT 1 FROM idempotency_keys k WHERE k.calendar_id IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM events e WHERE e.calendar_id = k.calendar_id AND e.seq = k.seq)
            """
        ),
        (
            "two idempotency keys point at one event",
            """
            SELECT 1 FROM idempotency_keys WHERE calendar_id IS NOT NULL GROUP BY calendar_id, seq HAVING count(*) > 1
            """
        ),
        (
            "a request was booked twice",
            "SELECT 1 FROM appointments GROUP BY title HAVING count(*) > 1"
        ),
        (
            "an e-mail address has two contacts",
            "SELECT 1 FROM contacts GROUP BY organization_id, email_key HAVING count(*) > 1"
        ),
    ]

    private static let all = rules.enumerated()
        .map { "SELECT \($0) FROM (\($1.sql) LIMIT 1)" }.joined(separator: " UNION ALL ")

    /// Invariants 1 and 3 (docs: "Invariants"), over the whole record.
    func check() {
        for row in rows(Self.all) {
            ledger.violate((try? row.int(0)).map { Self.rules[$0].name } ?? "a check cannot be read")
        }
        checkCrowds()
    }

    /// At no moment are more there than the calendar's capacity allows; where it was changed, than any it ever had.
    /// A hold whose time is up is not there, though its row may stand.
    private func checkCrowds() {
        ledger.require(
            !exists(
                """
                WITH present AS (SELECT * FROM time_slots WHERE expires_at IS NULL OR expires_at > $1)
                SELECT 1 FROM present a JOIN calendars c ON c.id = a.calendar_id
                WHERE (SELECT count(*) FROM present b WHERE b.calendar_id = a.calendar_id
                    AND b.starts_at <= a.starts_at AND b.ends_at > a.starts_at)
                    > CASE WHEN c.version = 1 THEN c.capacity ELSE $2 END
                """,
                [.instant(clock.now()), .int(Plan.highestCapacity)]
            ),
            "more guests are there at one moment than the calendar had seats"
        )
    }

    /// How many more guests there is room for at every moment of a span, counted from the rows alone. Buffers are left out.
    func room(in calendar: ID, _ span: Span) -> Int? {
        rows(
            """
            WITH present AS (
                SELECT starts_at, ends_at FROM time_slots WHERE calendar_id = $1 AND (expires_at IS NULL OR expires_at > $4)
            ), moments AS (
                SELECT $2 AS at UNION SELECT starts_at FROM present WHERE starts_at > $2 AND starts_at < $3
            )
            SELECT (SELECT capacity FROM calendars WHERE id = $1) - max(
                (SELECT count(*) FROM present WHERE starts_at <= moments.at AND ends_at > moments.at)
            ) FROM moments
            """,
            [.id(calendar), .instant(span.start), .instant(span.end), .instant(clock.now())]
        ).first.flatMap { try? $0.int(0) }
    }

    /// What clients were told, against the record: 2xx is there, a refusal left nothing, the rest is there at most once.
    func checkPromises() {
        let sent = ledger.sent
        let byTitle = index("SELECT title, id FROM appointments")
        let byKey = index(
            """
            SELECT k.key, e.subject_id FROM idempotency_keys k
            JOIN events e ON e.calendar_id = k.calendar_id AND e.seq = k.seq
            """
        )
        for (label, promise) in ledger.promises.sorted(by: { $0.key < $1.key }) {
            let isBooking = label.contains("book")
            let isKeyed = !label.contains("unkeyed")
            switch promise {
            case .done(let id):
                if isBooking { ledger.require(byTitle[label] == id, "\(label) was answered 201 and is not there") }
                // A key is kept for a day, and after that for as long as it happens to be.
                let isKept = sent[label].map { clock.now() < $0.adding(days: 1) } ?? true
                if isKeyed, isKept || byKey[label] != nil {
                    ledger.require(byKey[label] == id, "\(label) was done, its key points elsewhere")
                }
            case .refused:
                if isBooking { ledger.require(byTitle[label] == nil, "\(label) was refused and is there") }
                ledger.require(byKey[label] == nil, "\(label) was refused and its key is taken")
            case .open: break
            }
        }
        for title in byTitle.keys.sorted() {
            ledger.require(ledger.promises[title] != nil, "nobody asked for \(title)")
        }
    }

    /// Invariant 4: each event of interest became one delivery to each target, and each was delivered, or refused for
    /// good, under one id.
    func checkDeliveries(_ box: Postbox) {
        ledger.require(!exists("SELECT 1 FROM outbox", []), "an event was never expanded")
        let open = rows(
            """
            SELECT status, attempts, next_attempt_at, claimed_by, last_error FROM deliveries
            WHERE status NOT IN ('delivered', 'rejected')
            """
        )
        ledger.require(open.isEmpty, "deliveries never came to an end: \(open.map(\.values)) at \(clock.now())")
        let events = rows(
            "SELECT id, payload FROM events WHERE type IN ('appointment.booked', 'appointment.cancelled')")
        let arrived = box.arrived
        var expected = 0
        for event in events {
            guard let id = try? event.id(0), let email = (try? event.json(1))?["contact"]?["email"]?.string else {
                ledger.violate("an event's payload names no contact")
                continue
            }
            for target in [email, "desk@example.org"] {
                expected += 1
                let ids = rows(
                    "SELECT id FROM deliveries WHERE event_id = $1 AND target = $2", [.id(id), .text(target)]
                ).compactMap { try? $0.id(0) }
                let times = arrived[Postbox.Letter(event: id, target: target)] ?? []
                ledger.require(ids.count == 1, "an event has \(ids.count) deliveries to one target")
                ledger.require(Set(times).subtracting(ids).isEmpty, "a letter came under another id")
                if target.hasPrefix("p3") {
                    ledger.require(times.isEmpty, "a letter came to one who refused it")
                } else {
                    ledger.require(!times.isEmpty, "a letter never came")
                }
            }
        }
        ledger.require(rows("SELECT 1 FROM deliveries").count == expected, "a delivery belongs to no event of interest")
    }

    private func index(_ sql: String) -> [String: ID] {
        var index: [String: ID] = [:]
        for row in rows(sql) { if let text = try? row.text(0), let id = try? row.id(1) { index[text] = id } }
        return index
    }
}
