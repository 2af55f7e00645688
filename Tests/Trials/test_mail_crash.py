"""`kill -9` between the booking and its mail: no booking's mail is lost, hardly one comes twice, and then as itself."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
import unittest
from collections import Counter
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.client import Client
from harness.database import text
from harness.load import Request, send_all
from harness.mail_case import MailCase
from harness.scale import count
from harness.smtp_sink import Mail
from harness.tenant import starts

WORKERS = 16
CALENDARS = 8
# How many of all mails may come twice: those whose answer a kill caught on its way.
DOUBLED = 0.01


class MailCrash(MailCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.calendars = [
            await self.tenant.calendar(owner={"name": "Ada", "email": f"owner-{number}@example.com"})
            for number in range(CALENDARS)
        ]
        grid = islice(starts(), 5_000)
        self.pairs = iter([(calendar, start) for start in grid for calendar in self.calendars])

    def requests(self, name: str, number: int) -> list[Request]:
        return [Request.of(f"{name}-{index}", *pair) for index, pair in enumerate(islice(self.pairs, number))]

    def committed(self) -> dict[str, str]:
        """The booker's address of each appointment that a dead process left, by its id."""
        with self.server.database.left_behind() as database:
            self.assertEqual(database.broken_rules(), [])
            rows = database.rows(
                "SELECT a.id, c.email FROM appointments a JOIN contacts c ON c.id = a.contact_id"
            )
        return {text(id): address for id, address in rows}

    async def until_quiet(self, bookings: int, seconds: float = 120) -> None:
        """Each booking has become two deliveries, and none of them is pending."""
        deadline = time.monotonic() + seconds
        while True:
            statuses = Counter(one["status"] for one in await self.deliveries())
            if statuses.total() >= 2 * bookings and not statuses["pending"]:
                break
            self.assertLess(time.monotonic(), deadline, f"{bookings} bookings: {statuses}")
            await asyncio.sleep(0.1)
        self.assertEqual(dict(statuses), {"delivered": 2 * bookings})

    def assert_all_told(self, bookers: set[str], context: str) -> tuple[int, int]:
        """Each booker has its mail; returns how many mails there are, and how many too many."""
        copies: dict[tuple[str, str], list[Mail]] = {}
        for mail in list(self.sink.mails):
            copies.setdefault((mail.recipient, mail.message["Subject"] + event(mail)), []).append(mail)
        told = {recipient for recipient, _ in copies}
        self.assertEqual(bookers - told, set(), f"{context}: lost")
        for mails in copies.values():
            self.assertEqual(len({mail.delivery for mail in mails}), 1, f"{context}: {mails[0].recipient}")
            self.assertEqual(len({mail.message["Message-ID"] for mail in mails}), 1, context)
        # Nothing is told that was not booked.
        strangers = {one for one in told if one.startswith("guest-")} - bookers
        self.assertEqual(strangers, set(), context)
        return len(copies), sum(len(mails) - 1 for mails in copies.values())

    async def test_no_mail_is_lost_in_a_kill(self) -> None:
        rounds, bookings = count(3, 20), count(100, 150)
        seed = int(os.environ.get("ALMANAC_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        chance = random.Random(seed)
        caught = Counter[str]()
        for number in range(rounds):
            context = f"seed {seed}, round {number}"
            requests = self.requests(f"round-{number}", bookings)
            sent_before = len(self.sink.mails)
            # At an answer, or a moment after the last: mails are on their way in both cases.
            at, wait = chance.randrange(1, bookings + 1), chance.random() * 0.15
            client = Client(self.server.host, self.server.port, self.tenant.key)
            process = self.server.process
            loop = asyncio.get_running_loop()

            def kill(answered: int) -> None:
                if answered == at:
                    loop.call_later(wait, process.kill)

            await send_all(requests, client, WORKERS, kill)
            await asyncio.to_thread(process.wait, 20)
            self.server.kill()
            caught["mails before the kill"] += len(self.sink.mails) - sent_before
            committed = self.committed()
            answered = {request.booked for request in requests if request.booked is not None}
            self.assertLessEqual(answered, set(committed), context)
            caught["answered"] += len(answered)
            await self.restart(kill=True)
            await self.until_quiet(len(committed))
            mails, doubled = self.assert_all_told(set(committed.values()), context)
            self.assertEqual(mails, 2 * len(committed), context)
        print(
            f"\n  {rounds} kills, {caught['answered']} answered bookings: {mails} mails,"
            f" {caught['mails before the kill']} of them before a kill, {doubled} doubled"
            f" ({doubled / mails:.2%}) (seed {seed})",
            flush=True,
        )
        self.assertGreater(caught["answered"], rounds)
        self.assertLess(caught["mails before the kill"], mails, "no kill came before a mail")
        self.assertLessEqual(doubled, DOUBLED * mails)

    async def test_a_mail_server_away_under_load_loses_and_doubles_nothing(self) -> None:
        bookings = count(300, 2_000)
        requests = self.requests("away", bookings)
        away_from, back_at = bookings // 3, bookings * 2 // 3

        def switch(answered: int) -> None:
            if answered == away_from:
                self.sink.stop()
            elif answered == back_at:
                self.sink.start()

        await send_all(requests, Client(self.server.host, self.server.port, self.tenant.key), WORKERS, switch)
        self.assertTrue(all(request.booked for request in requests))
        await self.until_quiet(bookings)
        mails, doubled = self.assert_all_told(
            {request.body["contact"]["email"] for request in requests}, "away"
        )
        print(f"\n  {bookings} bookings: {mails} mails, {doubled} doubled", flush=True)
        self.assertEqual(mails, 2 * bookings)
        # A connection that ends while a mail is on it leaves open whether it arrived.
        self.assertLessEqual(doubled, DOUBLED * mails)

    async def test_a_kill_while_the_mail_server_is_away_loses_and_doubles_nothing(self) -> None:
        self.sink.stop()
        requests = self.requests("down", count(100, 500))
        await send_all(requests, Client(self.server.host, self.server.port, self.tenant.key), WORKERS)
        self.server.kill()
        committed = self.committed()
        self.assertEqual(len(committed), len(requests))
        self.sink.start()
        await self.restart(kill=True)
        await self.until_quiet(len(committed))
        mails, doubled = self.assert_all_told(set(committed.values()), "down")
        self.assertEqual((mails, doubled), (2 * len(requests), 0))


def event(mail: Mail) -> str:
    """What the mail is about: its appointment and the version of it."""
    lines = mail.calendars[0].split(b"\r\n")
    return b" ".join(line for line in lines if line.startswith((b"UID:", b"SEQUENCE:"))).decode()


if __name__ == "__main__":
    unittest.main()
