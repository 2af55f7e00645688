import TestSupport
@testable import SQL
@testable import JSON
import AlmanacRuntime
import Scheduling

@testable import TenantActors

extension Client {
    func book(_ calendar: ID, at start: Instant, minutes: Int, hold: Hold? = nil) async {
        let key = random.oneIn(5) ? "unkeyed" : random.oneIn(5) ? "twice" : "once"
        let label = nextLabel("book \(hold == nil ? "" : "held ")\(key)")
        let command = BookAppointment(
            calendarID: calendar, startsAt: start, duration: minutes,
            booker: .given(
                Contact(
                    id: process.tenants.services.ids.next(), name: name, email: "p\(random.below(4))@example.org",
                    phone: nil, timezone: nil, locale: nil
                )
            ),
            attendees: [], title: label, notes: nil, location: nil, heldBy: hold?.owner, reminders: nil,
            metadata: .object(JSONObject()), overriding: []
        )
        await book(label, command, isTwice: key == "twice", hold: hold)
    }

    /// Sends the booking, the same one at the same time again if told so, and holds the answers against the record.
    private func book(_ label: String, _ command: BookAppointment, isTwice: Bool, hold: Hold?) async {
        ledger.promise(label, .open, at: now)
        async let other =
            isTwice ? send(label) { () async throws(CommandError) in try await self.submit(label, command) } : nil
        let first = await send(label) { () async throws(CommandError) in try await self.submit(label, command) }
        let answers = [first] + [await other].compactMap(\.self)
        for answer in answers {
            switch answer {
            case .done(let reply):
                ledger.promise(label, .done(reply.id!), at: now)
                ledger.require(
                    record.exists(
                        "SELECT 1 FROM appointments WHERE id = $1 AND title = $2", [.id(reply.id), .text(label)]),
                    "\(label) was answered 201 and is not in the record"
                )
                ledger.require(hold == nil || hold?.owner == reply.id, "\(label) did not become its hold's appointment")
                if !appointments.contains(where: { $0.id == reply.id }) {
                    appointments.append((command.calendarID, reply.id!))
                }
            case .refused(let error):
                if answers.count == 1 || answers.allSatisfy(\.isRefusal) { ledger.promise(label, .refused, at: now) }
                if case .refused(.slotUnavailable(let reasons, _)) = error {
                    ledger.require(!reasons.isEmpty, "\(label) was refused without a reason")
                }
                if case .refused(.holdExpired) = error, let hold, !isTwice {
                    ledger.require(!isHeld(hold.owner), "\(label) was told its hold had ended, and it is live")
                }
            case .open:
                if process.isCut, !label.contains("unkeyed") {
                    unanswered.append { await self.book(label, command, isTwice: false, hold: hold) }
                }
            }
        }
    }

    private func submit(_ label: String, _ command: BookAppointment) async throws(CommandError) -> Reply {
        let (tenants, context) = (process.tenants, context(label))
        return try await tenants.calendar(command.calendarID, for: tenant.principal, needing: .manage) {
            calendar async throws(CommandError) in
            try await calendar.book(command, context)
        }
    }

    func bookWhatIsOffered(_ calendar: ID) async {
        guard let slots = try? await slots(process.tenants, calendar), let slot = slots.randomElement(using: &random)
        else { return }
        await book(calendar, at: slot.start, minutes: 30)
    }

    func hold(_ calendar: ID, at start: Instant, minutes: Int) async {
        let label = nextLabel("hold")
        ledger.promise(label, .open, at: now)
        let command = PlaceHold(startsAt: start, duration: minutes)
        let answer = await send(label) { () async throws(CommandError) in
            try await self.process.tenants.calendar(calendar, for: self.tenant.principal, needing: .manage) {
                calendar async throws(CommandError) in
                try await calendar.hold(command, self.context(label))
            }
        }
        switch answer {
        case .done(let reply):
            ledger.promise(label, .done(reply.id!), at: now)
            let token = (try? JSON.parse(reply.body))?["hold_token"]?.string
            ledger.require(
                token.flatMap { HoldToken.owner($0, Process.secrets) } == reply.id,
                "\(label): the token names another hold"
            )
            ledger.require(
                record.exists("SELECT 1 FROM events WHERE subject_id = $1 AND type = 'hold.placed'", [.id(reply.id)]),
                "\(label) was answered 201 and is not in the record"
            )
            holds.append(Hold(calendar: calendar, owner: reply.id!, start: start, minutes: minutes))
        case .refused: ledger.promise(label, .refused, at: now)
        case .open: break
        }
    }

    func bookHeld() async {
        guard !holds.isEmpty else { return }
        let hold = holds.remove(at: random.below(holds.count))
        await book(hold.calendar, at: hold.start, minutes: hold.minutes, hold: hold)
    }

    func release() async {
        guard !holds.isEmpty else { return }
        let hold = holds.remove(at: random.below(holds.count))
        let label = nextLabel("release unkeyed")
        let answer = await send(label) { () async throws(CommandError) in
            try await self.process.tenants.calendar(hold.calendar, for: self.tenant.principal, needing: .manage) {
                calendar async throws(CommandError) in
                try await calendar.release(hold.owner, self.context(label))
                return Reply(status: 204, body: [], id: hold.owner)
            }
        }
        if case .open = answer { return }
        ledger.require(!isHeld(hold.owner), "\(label) was answered and the hold is live")
    }

    func cancel() async {
        guard !appointments.isEmpty else { return }
        let (calendar, id) = appointments.randomElement(using: &random)!
        let label = nextLabel(random.oneIn(4) ? "cancel unkeyed" : "cancel")
        ledger.promise(label, .open, at: now)
        let answer = await send(label) { () async throws(CommandError) in
            try await self.process.tenants.calendar(calendar, for: self.tenant.principal, needing: .manage) {
                calendar async throws(CommandError) in
                try await calendar.cancel(
                    id, CancelAppointment(reason: nil, by: .host), ifMatch: nil, self.context(label))
            }
        }
        if case .open = answer { return }
        if case .done(let reply) = answer {
            ledger.promise(label, .done(reply.id!), at: now)
        } else {
            ledger.promise(label, .refused, at: now)
        }
        ledger.require(
            record.exists("SELECT 1 FROM appointments WHERE id = $1 AND status = 'cancelled'", [.id(id)]),
            "\(label) was answered and the appointment is not cancelled"
        )
    }

    /// A change that moves no time and has no event.
    func retitle() async {
        guard let (calendar, id) = appointments.randomElement(using: &random) else { return }
        let label = nextLabel("patch unkeyed")
        _ = await send(label) { () async throws(CommandError) in
            try await self.process.tenants.calendar(calendar, for: self.tenant.principal, needing: .manage) {
                calendar async throws(CommandError) in
                try await calendar.patch(id, ["notes": .string(label)], ifMatch: nil, self.context(label))
            }
        }
    }

    func changeSettings(_ calendar: ID) async {
        let patch: JSON = [
            "capacity": .number(JSONNumber(Int64(1 + random.below(Plan.highestCapacity)))),
            "min_notice_minutes": random.oneIn(2) ? 0 : 45,
            "max_bookings_per_day": random.oneIn(2) ? .null : 4, "is_active": .bool(!random.oneIn(5)),
            "hold_minutes": .number(JSONNumber(Int64(1 + random.below(10)))),
        ]
        let label = nextLabel("settings unkeyed")
        _ = await send(label) { () async throws(CommandError) in
            try await self.process.tenants.calendar(calendar, for: self.tenant.principal, needing: .manage) {
                calendar async throws(CommandError) in
                let record = try await calendar.update(.merge(patch), ifMatch: nil, self.context(label))
                return Reply(status: 200, body: record.json, id: record.id, version: record.version)
            }
        }
    }

    /// One more break, another buffer, or a break less.
    func changeOpeningRules(_ calendar: ID) async {
        let (choice, minutes) = (random.below(3), 30 * random.below(5))
        guard let interval = MinuteInterval(startMinute: 540 + minutes, endMinute: 570 + minutes) else { return }
        let pause = BreakTime(random.oneIn(2) ? .weekdays([.monday]) : .weekdays([.tuesday, .friday]), interval)
        let buffer = BufferTime(random.oneIn(2) ? .after : .between, minutes: minutes / 6)
        let label = nextLabel(random.oneIn(2) ? "opening rule" : "opening rule unkeyed")
        _ = await send(label) { () async throws(CommandError) in
            try await self.process.tenants.calendar(calendar, for: self.tenant.principal, needing: .manage) {
                calendar async throws(CommandError) in
                let context = self.context(label)
                switch choice {
                case 0: return try await calendar.add(pause, context)
                case 1:
                    guard let old = try await calendar.openingRules(of: BufferTime.self, after: nil, limit: 1).first
                    else {
                        return try await calendar.add(buffer, context)
                    }
                    let new = try await calendar.replace(old.id, with: buffer, ifMatch: nil, context)
                    return Reply(status: 200, body: [], id: new.id, version: new.version)
                default:
                    guard let old = try await calendar.openingRules(of: BreakTime.self, after: nil, limit: 1).first
                    else {
                        return try await calendar.add(pause, context)
                    }
                    try await calendar.remove(old.id, of: BreakTime.self, ifMatch: nil, context)
                    return Reply(status: 204, body: [], id: old.id)
                }
            }
        }
    }

    /// Whether the record has the hold, and the clock has not ended it.
    private func isHeld(_ owner: ID) -> Bool {
        record.exists(
            "SELECT 1 FROM time_slots WHERE owner = $1 AND kind = 'hold' AND expires_at > $2",
            [.id(owner), .instant(now)]
        )
    }

    func slots(_ tenants: Tenants, _ calendar: ID, minutes: Int = 30) async throws(CommandError) -> [OfferedSlot] {
        let query = AvailabilityQuery(range: Tenant.range, duration: minutes)
        let answer = try await tenants.calendar(calendar, for: tenant.principal, needing: .manage) {
            calendar async throws(CommandError) in
            try await calendar.availability(query)
        }
        return OfferedSlot.all(of: answer)
    }
}

extension Client.Answer {
    var isRefusal: Bool { if case .refused = self { true } else { false } }
}

/// A slot as an answer offers it.
struct OfferedSlot: Hashable {
    let start: Instant
    let seats: Int

    static func all(of answer: AvailabilityAnswer) -> [OfferedSlot] {
        all((try? JSON.parse(answer.bytes))?["slots"]?.array ?? [])
    }

    static func all(_ slots: [JSON]) -> [OfferedSlot] {
        slots.compactMap { slot in
            guard let start = slot["start"]?.string.flatMap({ Instant(rfc3339: $0) }),
                let seats = slot["seats_available"]?.int
            else { return nil }
            return OfferedSlot(start: start, seats: seats)
        }
    }
}
