"""Mails about bookings: who gets them, what is in them, and that each arrives once, whatever the mail server does."""

from __future__ import annotations

import asyncio
import re
import time
import unittest
import uuid
from datetime import datetime, timedelta
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from typing import Any

from harness.certificates import Authority
from harness.client import Client
from harness.ical import complaints, malformed_lines, parsed
from harness.mail_case import DELIVERIES, DESK, OWNER, MailCase
from harness.server import OPERATOR_TOKEN
from harness.smtp_sink import Mail, SMTPSink
from harness.tenant import ALWAYS, Tenant, booking, starts
from harness.tokens import claims, signed
from harness.waiting import until_async

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
STATUSES = {"pending", "delivered", "rejected", "dead"}


class Recipients(MailCase):
    async def test_everybody_concerned_gets_one_mail(self) -> None:
        attendees = [{"name": "Kim", "email": "kim@example.com"}, {"name": "Lee", "email": "lee@example.com"}]
        booked = await self.book(attendees=attendees)
        everybody = [booked["contact"]["email"], "kim@example.com", "lee@example.com", OWNER["email"], DESK]
        await self.sink.count(5)
        await self.until_delivered(5)
        self.assert_once(*everybody)
        await self.cancel(booked, reason="Caught a cold")
        await self.sink.count(10)
        await self.until_delivered(10)
        self.assert_once(*everybody, *everybody)
        self.assertEqual(len({mail.delivery for mail in self.sink.mails}), 10)

    async def test_one_who_is_named_twice_gets_one_mail(self) -> None:
        """As booker and attendee, as owner and in `notify`, in other letters."""
        calendar = await self.tenant.calendar(
            owner=OWNER, notify=[OWNER["email"], "Owner@Example.com", DESK, DESK.upper()]
        )
        attendees = [{"name": "Ada", "email": "ada@example.com"}, {"name": "A", "email": "ADA@example.com"}]
        await self.book(calendar, contact={"name": "Ada", "email": "ada@example.com"}, attendees=attendees)
        await self.sink.count(3)
        await self.until_delivered(3)
        got = [mail.recipient.lower() for mail in self.sink.mails]
        self.assertEqual(sorted(got), ["ada@example.com", DESK, OWNER["email"]])

    async def test_a_calendar_without_owner_mails_the_booker(self) -> None:
        calendar = await self.tenant.calendar()
        booked = await self.book(calendar)
        await self.sink.count(1)
        await self.until_delivered(1)
        self.assert_once(booked["contact"]["email"])

    async def test_organizations_are_kept_apart(self) -> None:
        other = await Tenant.create(self.server, "Other")
        self.addAsyncCleanup(other.client.close)
        calendar = await other.calendar(owner={"name": "Eve", "email": "eve@example.org"})
        answer = await other.book(calendar, next(self.slots))
        await self.sink.count(2)
        await self.book()
        await self.sink.count(5)
        await self.until_delivered(3)
        for mail in self.sink.mails[:2]:
            self.assertIn(mail.recipient, ("eve@example.org", answer.json["contact"]["email"]))
            self.assertIn(b"Other", mail.raw)
            self.assertNotIn(b"Harbor Dental", mail.raw)

    async def test_a_replayed_booking_sends_no_second_mail(self) -> None:
        start = next(self.slots)
        body = booking(self.calendar, start)
        for _ in range(3):
            answer = await self.tenant.client.post(
                "/api/v1/appointments", body, headers={"Idempotency-Key": "once"}
            )
            self.assertEqual(answer.status, 201)
        self.assertTrue(answer.is_replay)
        # Neither does one that is refused.
        self.assertEqual((await self.tenant.book(self.calendar, start)).status, 409)
        await self.sink.count(3)
        await self.book()
        await self.sink.count(6)
        await self.until_delivered(6)
        self.assertEqual(len(self.sink.to(body["contact"]["email"])), 1)
        self.assertEqual(len(self.sink.mails), 6)

    async def test_holds_and_settings_send_nothing(self) -> None:
        path = f"/api/v1/calendars/{self.calendar}"
        hold = await self.tenant.client.post(f"{path}/holds", {"starts_at": next(self.slots)})
        await self.tenant.client.send("DELETE", f"{path}/holds/{hold.json['hold_token']}")
        self.assertEqual((await self.tenant.client.send("PATCH", path, {"name": "Room 2"})).status, 200)
        booked = await self.book()
        await self.sink.count(3)
        await self.until_delivered(3)
        self.assert_once(booked["contact"]["email"], OWNER["email"], DESK)


class Content(MailCase):
    async def test_a_booking_mail(self) -> None:
        contact = {"name": "Sam Rivera", "email": "sam@example.com"}
        booked = await self.book(
            contact=contact,
            attendees=[{"name": "Kim", "email": "kim@example.com"}],
            title="First visit",
            location="12 Quay Street",
            notes="Prefers the left chair.\nAllergic to latex.",
        )
        await self.sink.count(4)
        deliveries = {one["id"]: one for one in await self.deliveries()}
        for mail in list(self.sink.mails):
            with self.subTest(to=mail.recipient):
                self.assert_well_formed(mail)
                message = mail.message
                self.assertEqual(mail.sender, "bookings@almanac.test")
                name, address = parseaddr(str(message["From"]))
                self.assertEqual(address, "bookings@almanac.test")
                self.assertTrue(name.endswith("Almanac"), name)
                self.assertEqual([address for _, address in getaddresses([message["To"]])], [mail.recipient])
                self.assertEqual(deliveries[mail.delivery]["target"], mail.recipient)
                self.assertEqual(str(message["Message-ID"]).partition("@")[0], f"<{mail.delivery}")
                age = datetime.now().astimezone() - parsedate_to_datetime(message["Date"])
                self.assertLess(abs(age), timedelta(minutes=1))
                self.assertNotIn("Bcc", message)
                for part in (mail.part("text/plain"), mail.part("text/html")):
                    self.assertIn("First visit", part.get_content())
                    self.assertIn("12 Quay Street", part.get_content())
                    self.assertIn("Harbor Dental", part.get_content())
                self.assert_invitation(mail, booked, "REQUEST", "CONFIRMED", sequence=0)

    async def test_a_cancellation_mail(self) -> None:
        booked = await self.book(title="First visit")
        await self.sink.count(3)
        first = {mail.recipient: mail for mail in self.sink.mails}
        cancelled = await self.cancel(booked)
        await self.sink.count(6)
        for mail in self.sink.mails[3:]:
            self.assert_well_formed(mail)
            self.assert_invitation(mail, cancelled, "CANCEL", "CANCELLED", sequence=1)
            before = first[mail.recipient]
            self.assertNotEqual(mail.message["Subject"], before.message["Subject"])
            self.assertNotEqual(mail.delivery, before.delivery)
            self.assertNotEqual(mail.message["Message-ID"], before.message["Message-ID"])

    def assert_well_formed(self, mail: Mail) -> None:
        """As RFC 5322 and MIME want it, for a server that knows nothing newer."""
        head = mail.raw.partition(b"\r\n\r\n")[0]
        self.assertTrue(head.isascii(), head)
        for line in mail.raw.split(b"\r\n"):
            self.assertLessEqual(len(line), 998)
            self.assertNotIn(b"\n", line)
            self.assertNotIn(b"\r", line)
            self.assertNotIn(b"\0", line)
        message = mail.message
        self.assertEqual(message.defects, [])
        self.assertEqual(message["MIME-Version"], "1.0")
        for name, value in message.items():
            self.assertEqual(value.defects, (), name)
        for name in ("From", "To", "Subject", "Date", "Message-ID", "X-Almanac-Delivery", "Content-Type"):
            self.assertEqual(len(message.get_all(name, [])), 1, name)
        self.assertRegex(mail.delivery, UUID7)
        self.assertEqual(message.get_content_type(), "multipart/mixed")
        alternative, attachment = message.iter_parts()
        self.assertEqual(alternative.get_content_type(), "multipart/alternative")
        self.assertEqual(
            [part.get_content_type() for part in alternative.iter_parts()],
            ["text/plain", "text/html", "text/calendar"],
        )
        self.assertEqual(attachment.get_filename(), "invite.ics")
        self.assertEqual(attachment.get_content_disposition(), "attachment")
        for part in message.walk():
            self.assertEqual(part.defects, [], part.get_content_type())
            if part.get_content_maintype() == "text":
                self.assertEqual(part.get_content_charset(), "utf-8")

    def assert_invitation(
        self, mail: Mail, appointment: dict[str, Any], method: str, status: str, sequence: int
    ) -> None:
        first = next(part for part in mail.message.walk() if part.get_content_type() == "text/calendar")
        self.assertEqual(first.get_param("method"), method)
        inline, attached = mail.calendars
        self.assertEqual(inline, attached)
        self.assertEqual(complaints(inline), [])
        self.assertEqual(malformed_lines(inline), [])
        calendar, event = parsed(inline)
        self.assertEqual((calendar["METHOD"], calendar["VERSION"]), (method, "2.0"))
        self.assertTrue(calendar["PRODID"])
        self.assertEqual(event["UID"], appointment["id"])
        self.assertEqual(event["SEQUENCE"], sequence)
        self.assertEqual(event["SEQUENCE"], appointment["version"] - 1)
        self.assertEqual(event["STATUS"], status)
        # Calendars add no invitation of their own user: the owner's copy comes in the installation's name.
        is_owner = mail.recipient == OWNER["email"]
        organizer = ("bookings@almanac.test", "Room 1") if is_owner else (OWNER["email"], OWNER["name"])
        self.assertEqual(event["ORGANIZER"], f"mailto:{organizer[0]}")
        self.assertEqual(event["ORGANIZER"].params["CN"], organizer[1])
        for name, expected in (("DTSTART", "starts_at"), ("DTEND", "ends_at")):
            self.assertEqual(event[name].dt, datetime.fromisoformat(appointment[expected]))
            self.assertEqual(event[name].params, {}, "UTC needs no zone")
        self.assertIn(b"DTSTART:", inline)
        stamp = event["DTSTAMP"].dt
        self.assertEqual(stamp.utcoffset(), timedelta(0))
        attendees = event.get("ATTENDEE", [])
        attendees = attendees if isinstance(attendees, list) else [attendees]
        expected_attendees = [one["email"] for one in (appointment["contact"], *appointment["attendees"])]
        expected_attendees += [mail.recipient] if mail.recipient in (OWNER["email"], DESK) else []
        self.assertEqual(sorted(attendees), sorted(f"mailto:{one}" for one in expected_attendees))
        if appointment["title"] is not None:
            self.assertIn(appointment["title"], event["SUMMARY"])
        if appointment["location"] is not None:
            self.assertEqual(event["LOCATION"], appointment["location"])

    async def test_names_of_all_scripts_arrive_as_they_are(self) -> None:
        owner = {"name": "Zoë Łukasiewicz-Müller", "email": "zoe@example.com"}
        calendar = await self.tenant.calendar(name="Kabinett für Øre, nr. 1", owner=owner)
        name, title = "王小明 🎉 محمد", "Prüfung – " + "検査と相談" * 12
        booked = await self.book(
            calendar,
            contact={"name": name, "email": "wang@example.com"},
            title=title,
            location='Straße 5; Hof, „hinten"',
            notes='Ümläute\nZeile 2, mit; Zeichen \\ und "Anführung"',
        )
        await self.sink.count(2)
        for mail in self.sink.mails:
            self.assert_well_formed(mail)
            inline, _ = mail.calendars
            self.assertEqual((complaints(inline), malformed_lines(inline)), ([], []))
            _, event = parsed(inline)
            self.assertIn(title, event["SUMMARY"])
            self.assertEqual(event["LOCATION"], booked["location"])
            is_owner = mail.recipient == owner["email"]
            organizer = "Kabinett für Øre, nr. 1" if is_owner else owner["name"]
            self.assertEqual(event["ORGANIZER"].params["CN"], organizer)
            attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
            names = [name, owner["name"]] if is_owner else [name]
            self.assertEqual([attendee.params["CN"] for attendee in attendees], names)
            self.assertIn(title, mail.part("text/plain").get_content())
        to = self.mail("wang@example.com").message["To"]
        self.assertEqual(to.addresses[0].display_name, name)

    async def test_a_domain_of_another_script_is_reached(self) -> None:
        await self.book(contact={"name": "Jörg", "email": "joerg@bücher.example"})
        await self.sink.count(3)
        self.assertIn("joerg@xn--bcher-kva.example", [mail.recipient for mail in self.sink.mails])

    async def test_a_local_part_of_another_script_is_delivered(self) -> None:
        """By way of SMTPUTF8, which this mail server offers; others' mails do not need it."""
        addresses = ("jörg@example.com", "用户@例子.广告")
        for address in addresses:
            await self.book(contact={"name": "Jörg", "email": address})
        await self.sink.count(6)
        await self.until_delivered(6)
        self.assertEqual({one["status"] for one in await self.deliveries()}, {"delivered"})
        (mail,) = self.sink.to("jörg@example.com")
        self.assertIn("To: =?UTF-8?B?SsO2cmc=?= <jörg@example.com>".encode(), mail.raw)
        self.assertEqual(len(self.sink.to("用户@xn--fsqu00a.xn--4rr70v")), 1)
        inline, _ = mail.calendars
        self.assertEqual((complaints(inline), malformed_lines(inline)), ([], []))

    async def test_a_known_address_is_written_to_as_it_was_typed(self) -> None:
        """Another name and another zone hold for this booking; the first booking's mails keep theirs."""
        address = "sam@example.com"
        first = await self.book(contact={"name": "Sam Rivera", "email": address, "timezone": "America/Chicago"})
        await self.sink.count(3)
        typed = {"name": "S. Other", "email": address, "timezone": "Asia/Tokyo", "phone": "+81 3 1234 5678"}
        second = await self.book(contact=typed)
        await self.sink.count(6)
        self.assertEqual(second["contact"]["id"], first["contact"]["id"])
        for booked, zone, name in (
            (first, "America/Chicago", "Sam Rivera"), (second, "Asia/Tokyo", "S. Other")
        ):
            mails = [mail for mail in self.sink.mails if booked["id"].encode() in mail.calendars[0]]
            self.assertEqual(len(mails), 3)
            (own,) = [mail for mail in mails if mail.recipient == address]
            self.assertIn(zone, own.part("text/plain").get_content())
            self.assertEqual(own.message["To"].addresses[0].display_name, name)
            (host,) = [mail for mail in mails if mail.recipient == OWNER["email"]]
            self.assertIn(name, host.part("text/plain").get_content())
        host = [mail for mail in self.sink.to(OWNER["email"]) if b"S. Other" in mail.calendars[0]]
        self.assertIn("+81312345678", host[0].part("text/plain").get_content())
        # The end is told in the same words.
        await self.cancel(second)
        await self.sink.count(9)
        own = [mail for mail in self.sink.to(address)][-1]
        self.assertIn("Asia/Tokyo", own.part("text/plain").get_content())
        self.assertEqual(own.message["To"].addresses[0].display_name, "S. Other")

    async def test_what_people_write_stays_text(self) -> None:
        """Neither headers, recipients, properties nor markup can be brought in through names and titles."""
        evil = "evil@example.org"
        names = [
            f"Ada\r\nBcc: {evil}",
            f"Ada\nBcc: {evil}",
            f"Ada\u2028Bcc: {evil}",
            f"Ada\u0085Bcc: {evil}",
            f"Ada\x0bBcc: {evil}",
            "Ada\x00",
            f'Ada" <{evil}>, "x',
            f"Ada <{evil}>",
            f"{evil}, Ada",
            f"=?utf-8?q?=0D=0ABcc=3A_{evil}?=",
            f"Ada;ROLE=CHAIR:mailto:{evil}",
            f'Ada";X="a:mailto:{evil}',
            f"Ada\\nATTENDEE:mailto:{evil}",
            f"Ada^nATTENDEE:mailto:{evil}",
            "<script>alert(1)</script><img src=x onerror=alert(1)>",
            "{{contact.email}} ${x} %s %d",
            ".\r\n",
            "Ada " * 60,
        ]
        notes = (
            f"Hello\r\n.\r\nMAIL FROM:<{evil}>\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:{evil}\r\n"
            "</body><script>alert(1)</script>\r\n--boundary--\r\n..\r\n"
        )
        accepted = 0
        for index, name in enumerate(names):
            before = len(self.sink.mails)
            contact = {"name": name, "email": f"ada-{index}@example.com"}
            fields = {"title": name, "notes": notes, "location": name}
            answer = await self.tenant.book(self.calendar, next(self.slots), contact=contact, **fields)
            with self.subTest(name=name):
                self.assertIn(answer.status, (201, 422), answer.body)
                if answer.status == 422:
                    continue
                accepted += 1
                await self.sink.count(before + 3)
                mails = self.sink.mails[before:]
                self.assert_once(contact["email"], OWNER["email"], DESK, mails=mails)
                for mail in mails:
                    self.assert_well_formed(mail)
                    self.assertEqual([one for _, one in getaddresses([mail.message["To"]])], [mail.recipient])
                    self.assertEqual({name.lower() for name in mail.message.keys()} & {"bcc", "cc"}, set())
                    inline, _ = mail.calendars
                    self.assertEqual((complaints(inline), malformed_lines(inline)), ([], []))
                    _, event = parsed(inline)
                    attendees = event["ATTENDEE"] if isinstance(event["ATTENDEE"], list) else [event["ATTENDEE"]]
                    self.assertEqual(
                        {f"mailto:{contact['email']}", f"mailto:{mail.recipient}"}, set(attendees)
                    )
                    html = mail.part("text/html").get_content().lower()
                    self.assertNotIn("<script", html)
                    self.assertNotIn("<img", html)
        self.assertGreater(accepted, 6)
        addresses = [address for mail in self.sink.mails for address in mail.recipients]
        self.assertNotIn(evil, addresses)
        self.assertEqual({mail.sender for mail in self.sink.mails}, {"bookings@almanac.test"})

    async def test_addresses_that_are_none_are_refused(self) -> None:
        for address in (
            "a@example.com\r\nRCPT TO:<evil@example.org>",
            "a@example.com>\r\nDATA",
            "a@example.com,evil@example.org",
            "a@example.com evil@example.org",
            "<a@example.com>",
            "a@example.com\x00",
            "@example.com",
            "a@",
            "a",
            "a@b@example.com",
            "a@exa mple.com",
            "a@exam\u200bple.com",
            "a@example.com\u00ad",
            "a<\u0301b@example.com",
            "a\u202eb@example.com",
            "a\u2028b@example.com",
            "\uff41@example.com",
        ):
            with self.subTest(address=address):
                contact = {"name": "Ada", "email": address}
                answer = await self.tenant.book(self.calendar, next(self.slots), contact=contact)
                self.assertEqual(answer.status, 422, answer.body)
                attendees = [{"name": "Ada", "email": address}]
                answer = await self.tenant.book(self.calendar, next(self.slots), attendees=attendees)
                self.assertEqual(answer.status, 422, answer.body)
        self.assertEqual(self.sink.mails, [])

    async def test_white_space_around_an_address_is_taken_off(self) -> None:
        for number, space in enumerate("\u00a0\u3000\ufeff\u200b\u2003\t "):
            booked = await self.book(contact={"name": "Ada", "email": f"{space}ada-{number}@example.com{space}"})
            self.assertEqual(booked["contact"]["email"], f"ada-{number}@example.com")
        await self.sink.count(21)
        self.assertEqual(len(self.sink.to("ada-0@example.com")), 1)

    async def test_addresses_that_are_odd_are_reached(self) -> None:
        for address in ("o'brien+a.b=c@example.com", "!#$%&*/?^_`{|}~@example.com", "x@" + "a." * 60 + "com"):
            with self.subTest(address=address):
                contact = {"name": "Odd", "email": address}
                answer = await self.tenant.book(self.calendar, next(self.slots), contact=contact)
                self.assertIn(answer.status, (201, 422))
                if answer.status == 201:
                    await self.sink.until(f"a mail to {address}", lambda: len(self.sink.to(address)) == 1)
                    inline, _ = self.mail(address).calendars
                    self.assertEqual(complaints(inline), [])

    async def test_invitations_of_all_kinds_satisfy_libical(self) -> None:
        kinds: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
            "without an owner": ({}, {}),
            "to be confirmed": ({"owner": OWNER, "requires_confirmation": True}, {"title": "Maybe"}),
            "with everything": (
                {"owner": OWNER, "location": "12 Quay Street", "description": "A, b; c\\d\ne"},
                {
                    "title": "T" * 200,
                    "notes": "Line\n" * 300,
                    "location": "L" * 200,
                    "attendees": [
                        {"name": f"Guest {number}", "email": f"guest-{number}@example.org"}
                        for number in range(20)
                    ],
                },
            ),
            "with an owner without a name": ({"owner": {"email": "nameless@example.com"}}, {}),
        }
        for kind, (settings, fields) in kinds.items():
            with self.subTest(kind=kind):
                answer = await self.tenant.client.post(
                    "/api/v1/calendars",
                    {
                        "name": kind,
                        "timezone": "America/New_York",
                        "business_hours": ALWAYS,
                        **settings,
                    },
                )
                if answer.status == 422:
                    self.assertIn("without a name", kind)
                    continue
                before = len(self.sink.mails)
                booked = await self.book(answer.json["id"], **fields)
                await self.cancel(booked)
                address = booked["contact"]["email"]
                await self.sink.until("both mails", lambda: len(self.sink.to(address)) == 2)
                self.assertGreater(len(self.sink.mails), before)
                for mail in self.sink.to(address):
                    self.assert_well_formed(mail)
                    inline, _ = mail.calendars
                    self.assertEqual((complaints(inline), malformed_lines(inline)), ([], []))
                    _, event = parsed(inline)
                    self.assertEqual(event["UID"], booked["id"])


class WithoutUTF8(MailCase):
    """A mail server that takes addresses in ASCII only."""

    def setUp(self) -> None:
        super().setUp()
        self.sink = SMTPSink(offers_utf8=False).start()
        self.addCleanup(self.sink.close)

    async def test_a_local_part_of_another_script_is_rejected_and_says_so(self) -> None:
        address = "jörg@example.com"
        await self.book(contact={"name": "Jörg", "email": address})
        await self.book(contact={"name": "Jörg", "email": "joerg@bücher.example"})
        await self.until_delivered(6)
        outcomes = {one["target"]: (one["status"], one["last_error"]) for one in await self.deliveries()}
        status, error = outcomes.pop(address)
        self.assertEqual(status, "rejected")
        self.assertIn("SMTPUTF8", error)
        self.assertNotIn(address, error)
        self.assertEqual({status for status, _ in outcomes.values()}, {"delivered"})
        self.assertEqual(len(self.sink.mails), 5)
        self.assertEqual(len(self.sink.to("joerg@xn--bcher-kva.example")), 1)


class Encryption(MailCase):
    """Over STARTTLS with an authority of one's own, and a password; without them nothing leaves."""

    USER, PASSWORD = "almanac", "pass wörd\\'\""

    def setUp(self) -> None:
        super().setUp()
        self.authority = Authority(self.installation.folder)
        self.use(SMTPSink(self.authority.server(), (self.USER, self.PASSWORD), requires_encryption=True))

    def use(self, sink: SMTPSink) -> None:
        self.sink = sink.start()
        self.addCleanup(sink.close)

    async def asyncSetUp(self) -> None:
        # Each test starts a server of its own.
        await super(MailCase, self).asyncSetUp()
        self.slots = starts(30)

    async def mail_with(self, **settings: str) -> dict[str, Any]:
        await self.serve(
            ALMANAC_SMTP_USERNAME=self.USER,
            **{
                "ALMANAC_SMTP_PASSWORD": self.PASSWORD,
                "ALMANAC_SMTP_CA_FILE": str(self.authority.file),
                "ALMANAC_LOG_LEVEL": "debug",
                **settings,
            },
        )
        self.calendar = await self.tenant.calendar()
        return await self.book()

    async def assert_waits(self, attempts: int = 1) -> dict[str, Any]:
        """Nothing got through, and it will be tried again."""
        found: list[dict[str, Any]] = []

        async def is_tried() -> bool:
            found[:] = await self.deliveries()
            return len(found) == 1 and found[0]["attempts"] >= attempts and found[0]["last_error"] is not None

        await until_async("it is tried", is_tried, 20)
        self.assertEqual((found[0]["status"], found[0]["delivered_at"]), ("pending", None))
        self.assertEqual(self.sink.mails, [])
        self.assertEqual(self.sink.plain_senders, [])
        return found[0]

    def assert_secret(self) -> None:
        self.assertEqual([line for line in self.server.log if self.PASSWORD in line], [])

    async def test_an_encrypted_connection_with_a_password(self) -> None:
        for mode in ("auto", "required"):
            with self.subTest(mode=mode):
                self.sink.mails.clear()
                booked = await self.mail_with(ALMANAC_SMTP_TLS=mode)
                await self.sink.count(1)
                (mail,) = self.sink.mails
                self.assertEqual(
                    (mail.recipient, mail.was_encrypted, mail.login),
                    (booked["contact"]["email"], True, self.USER),
                )
                self.assertEqual(set(self.sink.logins), {(self.USER, self.PASSWORD, True)})
                self.assert_secret()
                self.assertEqual(self.server.stop(), 0)

    async def test_encryption_from_the_first_byte(self) -> None:
        user = (self.USER, self.PASSWORD)
        self.use(SMTPSink(self.authority.server(), user, is_encrypted_at_once=True))
        await self.mail_with()
        await self.sink.count(1)
        self.assertEqual(self.sink.logins, [(*user, True)])
        self.assertEqual((self.sink.mails[0].was_encrypted, self.sink.plain_senders), (True, []))

    async def test_a_certificate_of_another_authority_is_not_trusted(self) -> None:
        """Not even where the server would take the mail without encryption."""
        other = Authority(self.installation.folder, "Another CA")
        self.use(SMTPSink(self.authority.server()))
        await self.mail_with(ALMANAC_SMTP_CA_FILE=str(other.file))
        await self.assert_waits()
        self.assertEqual(self.sink.logins, [])
        # With the right one it goes out.
        await self.restart(ALMANAC_SMTP_CA_FILE=str(self.authority.file), ALMANAC_SMTP_TLS="required")
        await self.sink.count(1)
        self.assertTrue(self.sink.mails[0].was_encrypted)

    async def test_a_certificate_of_another_name_is_not_trusted(self) -> None:
        self.use(SMTPSink(self.authority.server("elsewhere.test")))
        await self.mail_with()
        await self.assert_waits(attempts=2)

    async def test_without_an_authority_of_ones_own_the_systems_counts(self) -> None:
        self.use(SMTPSink(self.authority.server()))
        await self.mail_with(ALMANAC_SMTP_CA_FILE="")
        await self.assert_waits()

    async def test_encryption_that_is_required_is_waited_for(self) -> None:
        self.use(SMTPSink(user=(self.USER, self.PASSWORD)))
        await self.mail_with(ALMANAC_SMTP_TLS="required")
        await self.assert_waits()
        self.assertEqual(self.sink.logins, [], "the password went nowhere")

    async def test_encryption_can_be_off(self) -> None:
        self.use(SMTPSink(self.authority.server()))
        await self.serve(ALMANAC_SMTP_TLS="off")
        self.calendar = await self.tenant.calendar()
        await self.book()
        await self.sink.count(1)
        self.assertFalse(self.sink.mails[0].was_encrypted)

    async def test_a_wrong_password_loses_nothing(self) -> None:
        """It is the operator's fault, not the receiver's: it is tried again until it is mended."""
        await self.mail_with(ALMANAC_SMTP_PASSWORD="wrong")
        await self.assert_waits()
        self.assert_secret()
        await self.restart(
            ALMANAC_SMTP_USERNAME=self.USER,
            ALMANAC_SMTP_PASSWORD=self.PASSWORD,
            ALMANAC_SMTP_CA_FILE=str(self.authority.file),
        )
        await self.sink.count(1)
        await self.until_delivered(1)


class Trouble(MailCase):
    async def test_a_refusal_for_the_moment_is_tried_again(self) -> None:
        booked_to = "sam@example.com"
        self.sink.behaviour.defer[booked_to] = 1
        await self.book(contact={"name": "Sam", "email": booked_to})
        await self.until_delivered(3)
        self.assertEqual(self.sink.refused, [booked_to])
        self.assert_once(booked_to, OWNER["email"], DESK)
        (own,) = [one for one in await self.deliveries() if one["target"] == booked_to]
        self.assertEqual((own["status"], own["attempts"]), ("delivered", 2))
        self.assertEqual(own["id"], self.mail(booked_to).delivery)

    async def test_a_refusal_for_good_is_final(self) -> None:
        self.sink.behaviour.reject.add("sam@example.com")
        await self.book(contact={"name": "Sam", "email": "sam@example.com"})
        await self.until_delivered(3)
        self.assert_once(OWNER["email"], DESK)
        (own,) = await self.deliveries(status="rejected")
        self.assertEqual((own["target"], own["attempts"]), ("sam@example.com", 1))
        self.assertIn("550", own["last_error"])
        self.assertNotIn("sam@example.com", own["last_error"])
        self.assertEqual((own["next_attempt_at"], own["delivered_at"]), (None, None))
        self.assertEqual(len(await self.deliveries(status="delivered")), 2)
        self.assertEqual(self.sink.refused, ["sam@example.com"])

    async def test_a_connection_lost_after_the_mail_repeats_it_under_the_same_id(self) -> None:
        self.sink.behaviour.vanish = 1
        calendar = await self.tenant.calendar()
        booked = await self.book(calendar)
        await self.until_delivered(1)
        first, second = self.sink.to(booked["contact"]["email"])
        self.assertEqual(first.delivery, second.delivery)
        self.assertEqual(first.message["Message-ID"], second.message["Message-ID"])
        self.assertEqual(first.calendars, second.calendars)

    async def test_a_mail_server_that_is_away_gets_all_when_it_is_back(self) -> None:
        self.sink.stop()
        booked = [await self.book() for _ in range(20)]
        cancelled = await self.cancel(booked[0])
        pending: list[dict[str, Any]] = []

        async def are_waiting() -> bool:
            pending[:] = await self.deliveries(status="pending")
            return len(pending) == 63

        await until_async("all of them wait", are_waiting)
        for one in pending:
            self.assertIsNotNone(one["next_attempt_at"])
        self.sink.start()
        await self.until_delivered(63, seconds=30)
        bookers = [one["contact"]["email"] for one in booked]
        self.assert_once(*bookers, *[OWNER["email"], DESK] * 21, cancelled["contact"]["email"])
        self.assertEqual(len({mail.delivery for mail in self.sink.mails}), 63)

    async def test_what_a_stopped_server_left_is_sent_by_the_next(self) -> None:
        self.sink.stop()
        booked = [await self.book() for _ in range(5)]
        await self.restart()
        self.sink.start()
        await self.until_delivered(15)
        self.assert_once(*(one["contact"]["email"] for one in booked), *[OWNER["email"], DESK] * 5)
        await self.restart()
        again = await self.book()
        await self.until_delivered(18)
        self.assertEqual(len(self.sink.mails), 18, "nothing is sent again")
        self.assertEqual(len(self.sink.to(again["contact"]["email"])), 1)

    async def test_a_mail_server_that_hangs_holds_up_neither_bookings_nor_the_end(self) -> None:
        self.sink.behaviour.hangs = True
        began = time.monotonic()
        booked = [await self.book() for _ in range(30)]
        self.assertLess(time.monotonic() - began, 5)
        await self.sink.until("it is being mailed", lambda: self.sink.connections > 0)
        began = time.monotonic()
        self.assertEqual(self.server.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        self.sink.behaviour.hangs = False
        await self.restart(kill=True)
        await self.until_delivered(90, seconds=30)
        got = {mail.recipient for mail in self.sink.mails}
        self.assertLessEqual({one["contact"]["email"] for one in booked}, got)

    async def test_one_organization_with_many_mails_does_not_hold_up_another(self) -> None:
        self.sink.behaviour.defer["*"] = 100_000
        await asyncio.gather(*(self.book() for _ in range(100)))
        self.sink.behaviour.defer["*"] = 0
        other = await Tenant.create(self.server, "Other")
        self.addAsyncCleanup(other.client.close)
        calendar = await other.calendar()
        answer = await other.book(calendar, next(self.slots))
        booked = time.monotonic()
        address = answer.json["contact"]["email"]
        await self.sink.until("the other's mail", lambda: len(self.sink.to(address)) == 1, 10)
        self.assertLess(self.mail(address).arrived - booked, 5)

    async def test_mails_leave_at_once(self) -> None:
        await self.book()
        await self.sink.count(3)
        began = time.monotonic()
        booked = await self.book()
        await self.sink.until("the mail", lambda: len(self.sink.to(booked["contact"]["email"])) == 1)
        self.assertLess(self.mail(booked["contact"]["email"]).arrived - began, 2)

    async def test_a_wrong_setting_is_named_at_the_start(self) -> None:
        for settings, name in (
            ({"ALMANAC_SMTP_URL": "http://127.0.0.1:25"}, "SMTP_URL"),
            ({"ALMANAC_SMTP_URL": "smtp://"}, "SMTP_URL"),
            ({"ALMANAC_MAIL_FROM": "nobody"}, "MAIL_FROM"),
            ({"ALMANAC_SMTP_TLS": "perhaps"}, "SMTP_TLS"),
            ({"ALMANAC_SMTP_CA_FILE": "/nowhere/ca.pem"}, "SMTP_CA_FILE"),
            ({"ALMANAC_DELIVERIES_RETRY_BASE_SECONDS": "0"}, "RETRY_BASE"),
        ):
            with self.subTest(settings=settings):
                server = self.installation.start({**self.sink.settings(), **settings})
                self.assertNotEqual(await asyncio.to_thread(server.wait), 0)
                key = name.lower().replace("_", ".", 1)
                self.assertTrue(any(name in line or key in line for line in server.log), (name, server.log))


class WithoutMail(MailCase):
    async def serve(self, **settings: str) -> None:
        self.server = self.installation.serve()
        self.tenant = await Tenant.create(self.server)
        self.addAsyncCleanup(self.tenant.client.close)

    async def test_the_log_says_what_would_have_been_mailed(self) -> None:
        booked = await self.book()
        await self.until_logged("appointment.booked")
        await self.cancel(booked)
        await self.until_logged("appointment.cancelled")
        for address in (booked["contact"]["email"], OWNER["email"], DESK):
            self.assertEqual(
                [line for line in self.server.log if address in line], [], "no addresses in logs"
            )
        self.assertEqual(self.sink.connections, 0)
        await self.until_delivered(2)
        self.assertEqual({one["status"] for one in await self.deliveries()}, {"delivered"})
        self.assertEqual({one["channel"] for one in await self.deliveries()}, {"log"})

    async def until_logged(self, text: str) -> None:
        await self.sink.until(f"{text} in the log", lambda: any(text in line for line in self.server.log))


class DeliveryLog(MailCase):
    async def test_a_delivery_as_the_log_shows_it(self) -> None:
        booked = await self.book()
        await self.until_delivered(3)
        listed = await self.deliveries()
        self.assertEqual(
            sorted(one["target"] for one in listed),
            sorted([booked["contact"]["email"], OWNER["email"], DESK]),
        )
        self.assertEqual([one["id"] for one in listed], sorted(one["id"] for one in listed))
        for one in listed:
            self.assertRegex(one["id"], UUID7)
            self.assertRegex(one["event_id"], UUID7)
            self.assertEqual(one["event_type"], "appointment.booked")
            self.assertEqual(one["channel"], "email")
            self.assertEqual((one["status"], one["attempts"]), ("delivered", 1))
            self.assertEqual((one["last_error"], one["next_attempt_at"]), (None, None))
            self.assertEqual(one["subject_id"], booked["id"])
            created, updated, delivered = (
                datetime.fromisoformat(one[name]) for name in ("created_at", "updated_at", "delivered_at")
            )
            self.assertLessEqual(created, delivered)
            self.assertLessEqual(delivered, updated)
        self.assertEqual(len({one["event_id"] for one in listed}), 1)
        self.assertEqual({mail.delivery for mail in self.sink.mails}, {one["id"] for one in listed})

    async def test_pages_and_filters(self) -> None:
        self.sink.behaviour.reject.add(DESK)
        for _ in range(4):
            await self.book()
        await self.until_delivered(12)
        everything = [one["id"] for one in await self.deliveries()]
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await self.log(limit=5, **cursor)).json
            self.assertLessEqual(len(page["data"]), 5)
            found += [one["id"] for one in page["data"]]
            if page["next_cursor"] is None:
                break
            self.assertRegex(page["next_cursor"], r"^[A-Za-z0-9_-]+$")
            cursor = {"cursor": page["next_cursor"]}
        self.assertEqual(found, everything)
        for status, count in (("delivered", 8), ("rejected", 4), ("pending", 0), ("dead", 0)):
            listed = await self.deliveries(status=status)
            self.assertEqual(len(listed), count, status)
            self.assertEqual({one["status"] for one in listed} - {status}, set())
        for query, code in (
            ({"status": "lost"}, "invalid_query"),
            ({"limit": 0}, "invalid_query"),
            ({"limit": 201}, "invalid_query"),
            ({"cursor": "%"}, "invalid_cursor"),
        ):
            answer = await self.log(**query)
            self.assertEqual((answer.status, answer.code), (422, code), query)

    async def test_a_rejected_delivery_can_be_tried_again(self) -> None:
        address = "sam@example.com"
        self.sink.behaviour.reject.add(address)
        await self.book(contact={"name": "Sam", "email": address})
        await self.until_delivered(3)
        (own,) = await self.deliveries(status="rejected")
        self.sink.behaviour.reject.clear()
        answer = await self.tenant.client.post(f"{DELIVERIES}/{own['id']}/retry")
        self.assertIn(answer.status, (200, 202), answer.body)
        self.assertEqual(answer.json["id"], own["id"])
        await self.sink.until("it arrives", lambda: len(self.sink.to(address)) == 1)
        self.assertEqual(self.mail(address).delivery, own["id"])
        await self.until_delivered(3)
        (own,) = [one for one in await self.deliveries() if one["id"] == own["id"]]
        self.assertEqual((own["status"], own["last_error"]), ("delivered", None))

    async def test_a_pending_delivery_can_be_hurried(self) -> None:
        self.sink.stop()
        calendar = await self.tenant.calendar()
        await self.book(calendar)

        async def has_failed() -> bool:
            return [one["last_error"] for one in await self.deliveries()] not in ([], [None])

        await until_async("the first attempt has failed", has_failed)
        (own,) = await self.deliveries(status="pending")
        self.assertGreater(datetime.fromisoformat(own["next_attempt_at"]).timestamp(), 0)
        self.sink.start()
        answer = await self.tenant.client.post(f"{DELIVERIES}/{own['id']}/retry")
        self.assertIn(answer.status, (200, 202), answer.body)
        await self.until_delivered(1)
        self.assertEqual(len(self.sink.mails), 1)

    async def test_a_delivered_one_is_not_sent_again(self) -> None:
        calendar = await self.tenant.calendar()
        await self.book(calendar)
        await self.until_delivered(1)
        (own,) = await self.deliveries()
        answer = await self.tenant.client.post(f"{DELIVERIES}/{own['id']}/retry")
        self.assertEqual(answer.status, 409, answer.body)
        await self.book(calendar)
        await self.until_delivered(2)
        self.assertEqual(len(self.sink.mails), 2)

    async def test_it_is_the_organizations_own_and_wants_its_scope(self) -> None:
        await self.book()
        await self.until_delivered(3)
        one, *_ = await self.deliveries()
        other = await Tenant.create(self.server, "Other")
        self.addAsyncCleanup(other.client.close)
        self.assertEqual((await other.client.get(DELIVERIES)).json, {"data": [], "next_cursor": None})
        retry = f"{DELIVERIES}/{one['id']}/retry"
        self.assertEqual((await other.client.post(retry)).status, 404)
        self.assertEqual((await self.tenant.client.post(f"{DELIVERIES}/{uuid.uuid4()}/retry")).status, 404)
        self.assertIn((await self.tenant.client.post(f"{DELIVERIES}/x/retry")).status, (404, 422))
        narrow = signed(claims(self.tenant.organization, "calendars:read appointments:read calendars:all"))
        for answer in (
            await self.tenant.client.get(DELIVERIES, token=narrow),
            await self.tenant.client.post(retry, token=narrow),
        ):
            self.assertEqual((answer.status, answer.code), (403, "insufficient_scope"))
        nobody = Client(self.server.host, self.server.port)
        self.addAsyncCleanup(nobody.close)
        self.assertEqual((await nobody.get(DELIVERIES)).status, 401)
        self.assertEqual((await nobody.get(DELIVERIES, token=OPERATOR_TOKEN)).status, 401)
        self.assertEqual(len(self.sink.mails), 3)


if __name__ == "__main__":
    unittest.main()
