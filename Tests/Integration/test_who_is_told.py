"""Who is told of a change of an appointment: what each one's calendar makes of its mails is what the record says."""

from __future__ import annotations

import random
import unittest
from dataclasses import dataclass, field
from typing import Any

from harness.ical import complaints, malformed_lines, parsed
from harness.mail_case import DESK, OWNER, MailCase
from harness.scale import count
from harness.smtp_sink import Mail
from harness.tenant import starts
from harness.waiting import until_async

SENDER = "mailto:bookings@almanac.test"
ANN = {"name": "Ann", "email": "ann@example.org"}
CID = {"name": "Cid", "email": "cid@example.org"}


def address(value: Any) -> str:
    """A calendar user's address, in the letters that all spellings of it share."""
    return str(value).removeprefix("mailto:").lower()


@dataclass
class Entry:
    """An event in somebody's calendar; `event` is None once it was cancelled there."""

    sequence: int
    event: Any


@dataclass
class Calendar:
    """What a calendar program makes of the messages it gets, in whatever order (RFC 5546 §2.1.5)."""

    owner: str
    entries: dict[str, Entry] = field(default_factory=dict)
    organizers: dict[str, str] = field(default_factory=dict)
    sequences: dict[str, list[int]] = field(default_factory=dict)
    invited: set[str] = field(default_factory=set)

    def take(self, mail: Mail) -> None:
        inline, attached = mail.calendars
        assert inline == attached
        assert (complaints(inline), malformed_lines(inline)) == ([], []), (complaints(inline), inline)
        calendar, event = parsed(inline)
        part = next(part for part in mail.message.walk() if part.get_content_type() == "text/calendar")
        method, uid, sequence = str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"])
        assert part.get_param("method") == method
        seen = self.sequences.setdefault(uid, [])
        assert sequence not in seen, f"{self.owner} got SEQUENCE {sequence} of {uid} twice"
        seen.append(sequence)
        organizer = address(event["ORGANIZER"])
        assert self.organizers.setdefault(uid, organizer) == organizer, "the organizer stays"
        attendees = self.attendees(event)
        match method:
            case "REQUEST":
                # Otherwise Gmail and Outlook would not add it.
                assert organizer != self.owner, "nobody invites oneself"
                assert self.owner in attendees, f"{self.owner} is invited"
            case "PUBLISH":
                assert attendees == []
            case "CANCEL":
                assert event.get("STATUS") in ("CANCELLED", None)
            case _:
                raise AssertionError(method)
        if method != "CANCEL":
            self.invited.add(uid)
        if uid not in self.entries or self.entries[uid].sequence < sequence:
            self.entries[uid] = Entry(sequence, None if method == "CANCEL" else event)

    @staticmethod
    def attendees(event: Any) -> list[str]:
        found = event.get("ATTENDEE", [])
        return [address(one) for one in (found if isinstance(found, list) else [found])]


class WhoIsToldCase(MailCase):
    async def patch(self, appointment: dict[str, Any], **fields: Any) -> dict[str, Any]:
        path = f"/api/v1/appointments/{appointment['id']}"
        answer = await self.tenant.client.send("PATCH", path, fields)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    async def give(self, owner: dict[str, str] | None, calendar: str | None = None, **fields: Any) -> None:
        """The calendar gets another owner."""
        path = f"/api/v1/calendars/{calendar or self.calendar}"
        answer = await self.tenant.client.send("PATCH", path, {"owner": owner, **fields})
        self.assertEqual(answer.status, 200, answer.body)

    async def quiet(self, seconds: float = 30) -> None:
        """Waits until everything that happened has been told."""

        async def is_quiet() -> bool:
            with self.server.database.open() as database:
                waiting = database.rows("SELECT count(*) FROM outbox")[0][0]
            return waiting == 0 and not await self.deliveries(status="pending")

        await until_async("everything is told", is_quiet, seconds)
        self.assertEqual([one for one in await self.deliveries() if one["status"] != "delivered"], [])

    def take_mails(self) -> dict[str, Mail]:
        """What came since the last call, by recipient: one for each."""
        mails = {mail.recipient: mail for mail in self.sink.mails}
        self.assertEqual(len(mails), len(self.sink.mails), [mail.recipient for mail in self.sink.mails])
        self.sink.mails.clear()
        return mails

    def told(self, mails: dict[str, Mail]) -> dict[str, tuple[str, int, str]]:
        """Method, SEQUENCE and organizer that each was told."""
        found = {}
        for recipient, mail in mails.items():
            calendar, event = parsed(mail.calendars[0])
            found[recipient] = (str(calendar["METHOD"]), int(event["SEQUENCE"]), address(event["ORGANIZER"]))
        return found


class WhoIsTold(WhoIsToldCase):
    async def booked(self, **fields: Any) -> tuple[dict[str, Any], str]:
        booked = await self.book(**fields)
        await self.quiet()
        self.take_mails()
        return booked, booked["contact"]["email"]

    async def test_a_former_owner_hears_of_the_end(self) -> None:
        booked, guest = await self.booked()
        heir = {"name": "Bo", "email": "bo@example.com"}
        await self.give(heir)
        await self.cancel(booked)
        await self.quiet()
        owner = OWNER["email"]
        self.assertEqual(
            self.told(self.take_mails()),
            {
                guest: ("CANCEL", 1, owner),
                owner: ("CANCEL", 1, "bookings@almanac.test"),
                DESK: ("CANCEL", 1, owner),
            },
            "who has it since was never invited: there is nothing to take back",
        )

    async def test_a_new_owner_who_was_told_of_a_change_hears_of_the_end(self) -> None:
        booked, _ = await self.booked()
        heir = {"name": "Bo", "email": "bo@example.com"}
        await self.give(heir)
        await self.patch(booked, location="Pier 4")
        await self.quiet()
        self.assertEqual(self.told(self.take_mails())[heir["email"]], ("REQUEST", 1, OWNER["email"]))
        await self.cancel(booked)
        await self.quiet()
        self.assertEqual(self.told(self.take_mails())[heir["email"]], ("CANCEL", 2, OWNER["email"]))

    async def test_a_list_that_was_emptied_is_still_told_of_what_it_knows(self) -> None:
        booked, guest = await self.booked()
        await self.give(None, notify=[])
        await self.patch(booked, location="Pier 4")
        await self.cancel(booked)
        await self.quiet()
        self.assertEqual(sorted(mail.recipient for mail in self.sink.mails), sorted([guest, OWNER["email"], DESK] * 2))

    async def test_who_owned_it_then_is_told_although_the_mail_server_was_away(self) -> None:
        self.sink.stop()
        booked = await self.book()
        await self.give({"name": "Bo", "email": "bo@example.com"}, notify=[])
        self.sink.start()
        await self.quiet()
        self.assertEqual(
            sorted(self.take_mails()), sorted([booked["contact"]["email"], OWNER["email"], DESK]), "as it was then"
        )

    async def test_a_new_place_is_told_to_all(self) -> None:
        booked, guest = await self.booked(attendees=[ANN])
        changed = await self.patch(booked, location="Pier 4")
        await self.quiet()
        mails = self.take_mails()
        self.assertEqual(set(mails), {guest, ANN["email"], OWNER["email"], DESK})
        for mail in mails.values():
            _, event = parsed(mail.calendars[0])
            self.assertEqual(event["LOCATION"], "Pier 4")
            self.assertEqual(event["SEQUENCE"], changed["version"] - 1)
            self.assertIn("Pier 4", mail.part("text/plain").get_content())
            self.assertIn("Updated", mail.message["Subject"])

    async def test_added_and_removed_guests_are_told_what_it_is_to_them(self) -> None:
        booked, guest = await self.booked(attendees=[ANN])
        await self.patch(booked, attendees=[CID], notes="x")
        await self.quiet()
        mails = self.take_mails()
        told = self.told(mails)
        self.assertEqual({name: what[:2] for name, what in told.items()}, {
            guest: ("REQUEST", 1), CID["email"]: ("REQUEST", 1), ANN["email"]: ("CANCEL", 1),
            OWNER["email"]: ("REQUEST", 1), DESK: ("REQUEST", 1),
        })
        _, gone = parsed(mails[ANN["email"]].calendars[0])
        self.assertEqual(Calendar.attendees(gone), [ANN["email"]])
        self.assertNotIn("STATUS", gone, "it goes on for the others")
        # Whoever comes back is invited again, with a number that is higher than that of the end.
        await self.patch(booked, attendees=[ANN])
        await self.cancel(booked)
        await self.quiet()
        ann = [parsed(mail.calendars[0]) for mail in self.sink.to(ANN["email"])]
        self.assertEqual([(str(one["METHOD"]), event["SEQUENCE"]) for one, event in ann], [("REQUEST", 2), ("CANCEL", 3)])
        self.assertEqual(len(self.sink.to(CID["email"])), 1)

    async def test_what_nobody_sees_is_told_to_nobody(self) -> None:
        booked, _ = await self.booked(attendees=[ANN], title="First", location="Here", notes="Old")
        same = {"attendees": [{**ANN, "email": "ANN@Example.org"}], "title": "First", "notes": "Old"}
        for fields in ({"metadata": {"crm": 1}}, same, {}, {"location": " Here "}):
            await self.patch(booked, **fields)
        await self.quiet()
        self.assertEqual(self.take_mails(), {})
        await self.patch(booked, notes="New")
        await self.quiet()
        self.assertEqual(set(self.take_mails()), {OWNER["email"], DESK}, "notes are the hosts'")

    async def test_one_guest_in_several_spellings_is_one(self) -> None:
        """As booker, attendee, owner and in `notify`."""
        mixed = {"name": "Ada", "email": "Ada.X@Example.com"}
        calendar = await self.tenant.calendar(owner=mixed, notify=["ada.x@example.COM", "ADA.X@example.com", DESK])
        booked = await self.book(
            calendar,
            contact={"name": "Ann", "email": "ANN@example.org"},
            attendees=[ANN, {"name": "A", "email": "aNN@example.org"}, {"name": "X", "email": "ada.x@example.com"}],
        )
        self.assertEqual(len(booked["attendees"]), 2)
        await self.quiet()
        mails = self.take_mails()
        self.assertEqual(sorted(name.lower() for name in mails), ["ada.x@example.com", ANN["email"], DESK])
        for mail in mails.values():
            attendees = Calendar.attendees(parsed(mail.calendars[0])[1])
            self.assertEqual(len(attendees), len(set(attendees)), attendees)
        await self.patch(booked, attendees=[])
        await self.quiet()
        told = {name.lower(): what[0] for name, what in self.told(self.take_mails()).items()}
        self.assertEqual(told, {"ada.x@example.com": "REQUEST", ANN["email"]: "REQUEST", DESK: "REQUEST"})

    async def test_a_host_can_add_its_copy(self) -> None:
        booked = await self.book()
        await self.quiet()
        for host in (OWNER["email"], DESK):
            calendar, event = parsed(self.mail(host).calendars[0])
            self.assertEqual(calendar["METHOD"], "REQUEST")
            self.assertIn(host, Calendar.attendees(event))
            self.assertEqual(event["UID"], booked["id"])
            self.assertNotEqual(address(event["ORGANIZER"]), host)
        _, guest = parsed(self.mail(booked["contact"]["email"]).calendars[0])
        self.assertEqual(Calendar.attendees(guest), [booked["contact"]["email"]], "who else is told is not theirs to know")

    async def test_times_are_told_in_both_zones(self) -> None:
        calendar = await self.tenant.calendar(owner=OWNER, timezone="Europe/Berlin", slot_duration_minutes=30)
        for number, (zone, beside) in enumerate((("America/New_York", True), ("Europe/Berlin", False), (None, False))):
            contact = {"name": "Bob", "email": f"bob-{number}@example.org", "timezone": zone}
            await self.book(calendar, contact=contact)
            await self.quiet()
            own = zone or "Europe/Berlin"
            for part in ("text/plain", "text/html"):
                text = self.mail(contact["email"]).part(part).get_content()
                self.assertIn(f"({own}, UTC", text)
                self.assertEqual(text.count("(Europe/Berlin, UTC"), 1 if beside or own == "Europe/Berlin" else 0)
                self.assertEqual(text.count(", UTC"), 2 if beside else 1)

    async def test_a_request_asks_for_nothing_that_cannot_be_done(self) -> None:
        calendar = await self.tenant.calendar(owner=OWNER, notify=[DESK], requires_confirmation=True)
        await self.book(calendar)
        await self.quiet()
        for mail in self.sink.mails:
            text = (str(mail.message["Subject"]) + mail.part("text/plain").get_content()).lower()
            for word in ("please confirm", "decline", "confirm or"):
                self.assertNotIn(word, text)

    async def test_the_end_of_a_calendar_is_told(self) -> None:
        guests = []
        for _ in range(70):
            booked = await self.book(attendees=[ANN])
            guests.append((booked["id"], booked["contact"]["email"]))
        await self.quiet()
        self.sink.mails.clear()
        path = f"/api/v1/calendars/{self.calendar}?appointments=cancel"
        self.assertEqual((await self.tenant.client.send("DELETE", path)).status, 204)
        await self.quiet()
        self.assertEqual(len(self.sink.mails), 70 * 4)
        for appointment, guest in guests:
            (mail,) = self.sink.to(guest)
            calendar, event = parsed(mail.calendars[0])
            self.assertEqual((calendar["METHOD"], event["UID"], event["STATUS"]), ("CANCEL", appointment, "CANCELLED"))

    async def test_a_killed_deletion_can_be_finished(self) -> None:
        for _ in range(130):
            await self.book()
        path = f"/api/v1/calendars/{self.calendar}?appointments=cancel"
        for number in range(3):
            task = self.tenant.client.send("DELETE", path)
            try:
                import asyncio

                running = asyncio.ensure_future(task)
                await asyncio.sleep(0)
                while not running.done() and self.cancelled() < 1 + number * 40:
                    await asyncio.sleep(0.001)
                self.server.kill()
                await running
            except Exception:
                pass
            await self.restart(kill=True)
        answer = await self.tenant.client.send("DELETE", path)
        self.assertIn(answer.status, (204, 404), answer.body)
        with self.server.database.open() as database:
            self.assertEqual(database.rows("SELECT count(*) FROM appointments WHERE status <> 'cancelled'")[0][0], 0)
            self.assertEqual(database.rows("SELECT count(*) FROM time_slots")[0][0], 0)
            self.assertEqual(database.rows("SELECT count(*) FROM appointment_cancellations")[0][0], 130)
        self.assert_sound(self.server)
        await self.quiet(60)
        ends = [mail for mail in self.sink.mails if parsed(mail.calendars[0])[0]["METHOD"] == "CANCEL"]
        self.assertGreaterEqual(len({mail.delivery for mail in ends}), 130 * 3)

    def cancelled(self) -> int:
        with self.server.database.open() as database:
            return int(database.rows("SELECT count(*) FROM appointment_cancellations")[0][0])


class Model(WhoIsToldCase):
    """Random changes; in the end each calendar is as the record is."""

    HOSTS = [None, *({"name": f"Host {number}", "email": f"host-{number}@example.com"} for number in range(4))]
    GUESTS = [{"name": f"G {number}", "email": f"guest.{number}@example.org"} for number in range(6)]

    async def test_calendars_end_as_the_record(self) -> None:
        for seed in range(count(3, 20)):
            with self.subTest(seed=seed):
                self.sink.mails.clear()
                await self.run_one(random.Random(seed))

    async def run_one(self, dice: random.Random) -> None:
        owner, notify = dice.choice(self.HOSTS), [DESK] if dice.random() < 0.5 else []
        calendar = await self.tenant.calendar(owner=owner, notify=notify, slot_duration_minutes=30)
        self.slots = starts(30)
        appointments: dict[str, dict[str, Any]] = {}
        # Everybody who was told, by appointment.
        hosts: dict[str, set[str]] = {}
        guests: dict[str, set[str]] = {}
        organizers: dict[str, str] = {}

        def here() -> set[str]:
            return {*notify, *([owner["email"]] if owner else [])}

        for _ in range(count(50, 120)):
            open_ones = [one for one in appointments.values() if one["status"] == "confirmed"]
            match dice.choice(["book", "owner", "notify", "patch", "patch", "patch", "cancel"]):
                case "book":
                    booked = await self.book(
                        calendar,
                        contact=self.spelled(dice, dice.choice(self.GUESTS)),
                        attendees=self.some(dice),
                        title=dice.choice([None, "Visit", "Café", "Cafe\u0301"]),
                        location=dice.choice([None, "Here"]),
                    )
                    appointments[booked["id"]], hosts[booked["id"]] = booked, here()
                    guests[booked["id"]] = self.guests(booked)
                    organizers[booked["id"]] = owner["email"] if owner else "bookings@almanac.test"
                case "owner":
                    owner = dice.choice(self.HOSTS)
                    await self.give(owner, calendar)
                case "notify":
                    notify = [DESK] if not notify else []
                    await self.give(owner, calendar, notify=notify)
                case "cancel" if open_ones and dice.random() < 0.5:
                    one = dice.choice(open_ones)
                    appointments[one["id"]] = await self.cancel(one)
                case "patch" if open_ones:
                    one = dice.choice(open_ones)
                    fields = dice.choice(
                        [
                            {"title": dice.choice(["Visit", "Check-up", "Café", None])},
                            {"location": dice.choice(["Here", "There", None])},
                            {"attendees": self.some(dice)},
                            {"attendees": self.some(dice), "title": "Both"},
                            {"notes": dice.choice(["One", "Two"])},
                            {"metadata": {"n": dice.random()}},
                        ]
                    )
                    changed = await self.patch(one, **fields)
                    appointments[one["id"]] = changed
                    visible = ("title", "location", "notes", "attendees")
                    if any(changed[name] != one[name] for name in visible):
                        hosts[one["id"]] |= here()
                    guests[one["id"]] |= self.guests(changed)
        await self.quiet()

        calendars: dict[str, Calendar] = {}
        for mail in self.sink.mails:
            reader = mail.recipient.lower()
            calendars.setdefault(reader, Calendar(reader)).take(mail)
        for one in calendars.values():
            self.assertEqual(set(one.entries) - one.invited, set(), f"{one.owner} lost what it never had")
        for id, one in appointments.items():
            record = (await self.tenant.client.get(f"/api/v1/appointments/{id}")).json
            self.assertEqual(record, one)
            now = self.guests(record) if record["status"] == "confirmed" else set()
            present = now | (hosts[id] if record["status"] == "confirmed" else set())
            for reader in guests[id] | hosts[id]:
                entry = calendars[reader].entries.get(id) if reader in calendars else None
                if reader not in present:
                    self.assertTrue(entry is None or entry.event is None, f"{reader} still has {record}")
                    continue
                self.assertIsNotNone(entry, f"{reader} was not told of {record}")
                assert entry is not None
                event = entry.event
                self.assertIsNotNone(event, f"{reader} lost {record}")
                self.assertLessEqual(entry.sequence, record["version"] - 1)
                if reader in hosts[id] and reader not in now:
                    self.assertIn(record["title"] or "Appointment", event["SUMMARY"])
                self.assertEqual(event.get("LOCATION"), record["location"])
                if reader in now:
                    extra = {reader} if reader in hosts[id] else set()
                    self.assertEqual(set(Calendar.attendees(event)) | extra, now | extra)
                expected = organizers[id] if reader != organizers[id] else "bookings@almanac.test"
                self.assertEqual(address(event["ORGANIZER"]), expected)
            self.assertEqual({name for name, one in calendars.items() if id in one.entries} - guests[id] - hosts[id], set())

    def guests(self, appointment: dict[str, Any]) -> set[str]:
        people = [appointment["contact"], *appointment["attendees"]]
        return {person["email"].lower() for person in people}

    def some(self, dice: random.Random) -> list[dict[str, str]]:
        """Some people, among them perhaps a host, or one twice in other letters."""
        people = [self.spelled(dice, one) for one in dice.sample(self.GUESTS, dice.randint(0, 3))]
        if people and dice.random() < 0.3:
            people.append({"name": "Again", "email": people[0]["email"].upper()})
        if dice.random() < 0.2:
            people.append(dict(self.HOSTS[1]))  # type: ignore[arg-type]
        return people

    def spelled(self, dice: random.Random, person: dict[str, str]) -> dict[str, str]:
        return {**person, "email": person["email"].title() if dice.random() < 0.3 else person["email"]}


if __name__ == "__main__":
    unittest.main()
