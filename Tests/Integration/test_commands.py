"""The program on the command line: what it says, what it leaves, and the code it exits with."""

from __future__ import annotations

import json
import os
import re
import socket
import unittest
from pathlib import Path

from harness.case import ServerCase
from harness.client import Client
from harness.server import OPERATOR_TOKEN
from harness.store import only_on
from harness.tenant import Tenant, booking

COMMANDS = ("serve", "migrate", "seed", "token", "doctor")


class Help(ServerCase):
    def test_every_command_explains_itself(self) -> None:
        listed = self.installation.run("--help")
        self.assertEqual(listed.returncode, 0)
        for command in COMMANDS:
            self.assertIn(command, listed.stdout)
            page = self.installation.run(command, "--help")
            self.assertEqual((page.returncode, page.stderr), (0, ""), command)
            self.assertIn(f"USAGE: almanac {command}", page.stdout)
            self.assertIn("--config", page.stdout)

    def test_what_is_no_command_is_a_usage_error(self) -> None:
        for arguments in (["frobnicate"], ["serve", "--frobnicate"], ["token"]):
            answer = self.installation.run(*arguments)
            self.assertEqual(answer.returncode, 64, arguments)
            self.assertIn("Error:", answer.stderr)


class Migrating(ServerCase):
    def test_the_schema_is_made_once(self) -> None:
        first, second = self.installation.run("migrate"), self.installation.run("migrate")
        self.assertEqual((first.returncode, second.returncode), (0, 0))
        self.assertRegex(first.stdout, r"applied 1 \w+")
        self.assertIn("nothing to do", second.stdout)

    @only_on("sqlite", "it is about the file's lock")
    def test_a_served_database_is_left_alone(self) -> None:
        self.installation.serve()
        answer = self.installation.run("migrate")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("in use by another almanac process", answer.stderr)


class Serving(ServerCase):
    @only_on("sqlite", "it is about the file's lock")
    def test_a_second_server_of_one_database_names_the_reason(self) -> None:
        first = self.installation.serve()
        second = self.installation.run("serve")
        self.assertEqual(second.returncode, 1)
        self.assertIn("in use by another almanac process", second.stderr)
        self.assertTrue(first.is_running)
        self.assertEqual(first.stop(), 0)

    @only_on("sqlite", "it is about the file's lock")
    def test_the_lock_is_the_files_by_whatever_name_it_is_opened(self) -> None:
        first = self.installation.serve()
        folder = self.installation.folder
        (folder / "symbolic.db").symlink_to(folder / "almanac.db")
        (folder / "hard.db").hardlink_to(folder / "almanac.db")
        (folder / "linked").symlink_to(folder, target_is_directory=True)
        (folder / "below").mkdir()
        names = ("symbolic.db", "hard.db", "linked/almanac.db", "below/../hard.db")
        for name in names:
            for command in ("serve", "migrate"):
                with self.subTest(name=name, command=command):
                    settings = {"ALMANAC_DATABASE_URL": f"sqlite://{folder / name}"}
                    answer = self.installation.run(command, settings=settings)
                    self.assertEqual(answer.returncode, 1)
                    self.assertIn("in use by another almanac process", answer.stderr)
        self.assertTrue(first.is_running)
        first.kill()
        # A dead process leaves no lock, and a key belongs to the file, not to its name.
        linked = self.installation.serve({"ALMANAC_DATABASE_URL": f"sqlite://{folder / 'symbolic.db'}"})
        self.assertEqual(linked.stop(), 0)
        self.assertFalse((folder / "symbolic.db.key").exists())

    @only_on("sqlite", "it is about the file")
    async def test_a_file_that_is_replaced_is_not_written_to(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        path = self.installation.folder / "almanac.db"
        path.rename(path.with_name("moved.db"))
        path.write_bytes(b"")
        refused = await tenant.client.post("/api/v1/calendars", {"name": "x", "timezone": "UTC"})
        self.assertEqual((refused.status, refused.code), (503, "store_unavailable"))
        self.assertNotIn("almanac.db", json.dumps(refused.json))
        ready = await tenant.client.get("/health/ready")
        self.assertEqual(ready.status, 503)
        path.with_name("moved.db").rename(path)
        made = await tenant.client.post("/api/v1/calendars", {"name": "x", "timezone": "UTC"})
        self.assertEqual(made.status, 201)
        await tenant.client.close()

    def test_a_variable_that_means_nothing_stops_the_start(self) -> None:
        for command in (["serve"], ["migrate"], ["doctor"], ["seed"]):
            answer = self.installation.run(*command, settings={"ALMANAC_HTTP_PROT": "8080"})
            self.assertEqual(answer.returncode, 78, command)
            self.assertIn("ALMANAC_HTTP_PROT is not a known setting; the nearest is ALMANAC_HTTP_PORT", answer.stderr)

    def test_variables_of_our_own_scripts_do_not(self) -> None:
        settings = {
            "ALMANAC_API_KEY": "alm_live_x",
            "ALMANAC_CALENDAR_ID": "x",
            "ALMANAC_TRIALS": "1",
            "ALMANAC_TEST_STORE": "sqlite",
            "ALMANAC_RATE_LIMITS": "off",
        }
        self.assertEqual(self.installation.serve(settings).stop(), 0)

    def test_the_start_says_what_is_not_there(self) -> None:
        server = self.installation.serve({"ALMANAC_RATE_LIMITS": "on", "ALMANAC_GOOGLE_CLIENT_ID": "x"})
        server.stop()
        log = "\n".join(server.log)
        for words in (
            "requires_confirmation",
            "reminders",
            "video meetings",
            "rate limits",
            "extending a hold",
            "an appointment's history, calendar.ics, status and check-in",
            "analytics",
            "email, sort and series_id of the list of appointments",
            "/contacts",
            "/templates",
            "/admin/organization, /admin/audit-log, /admin/actors, /admin/usage, /admin/export and /admin/channels",
            "rotating API keys",
            "a page for those who book",
        ):
            self.assertRegex(log, rf"not in this release: .*{words}")
        self.assertRegex(log, r"without effect in this release: .*ALMANAC_GOOGLE_CLIENT_ID.*ALMANAC_RATE_LIMITS")

    def test_a_taken_port_is_named(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            answer = self.installation.run("serve", settings={"ALMANAC_HTTP_PORT": port})
        self.assertEqual(answer.returncode, 1)
        self.assertIn(port, answer.stderr.splitlines()[-1])
        self.assertIn("in use", answer.stderr.splitlines()[-1])

    def test_a_host_without_an_address_is_named(self) -> None:
        settings = {"ALMANAC_HTTP_HOST": "nowhere.invalid", "ALMANAC_NODE_ID": "n1"}
        answer = self.installation.run("serve", settings=settings)
        self.assertEqual(answer.returncode, 1)
        # Where there may be other nodes, their listener is the first to need the host.
        refusal = r"cannot listen on nowhere\.invalid:0 \(http\.host, (http|internal)\.port\): the host has no address"
        self.assertRegex(answer.stderr, refusal)

    def test_a_killed_server_leaves_no_lock(self) -> None:
        self.installation.serve().kill()
        self.assertEqual(self.installation.serve().stop(), 0)

    @only_on("sqlite", "it is about the file")
    def test_a_folder_that_cannot_be_written_is_named(self) -> None:
        obstacle = self.installation.folder / "obstacle"
        obstacle.write_text("not a folder")
        self.assert_names_the_folder(obstacle)
        if os.geteuid() != 0:
            closed = self.installation.folder / "closed"
            closed.mkdir(mode=0o500)
            self.assert_names_the_folder(closed)

    def assert_names_the_folder(self, folder: Path) -> None:
        url = {"ALMANAC_DATABASE_URL": f"sqlite://{folder}/almanac.db"}
        for command in ("serve", "migrate"):
            with self.subTest(command=command):
                answer = self.installation.run(command, settings=url)
                self.assertEqual(answer.returncode, 1)
                self.assertIn(str(folder), answer.stderr)

    @only_on("sqlite", "it is about the file")
    def test_a_file_that_is_no_database_is_named(self) -> None:
        path = self.installation.folder / "almanac.db"
        path.write_bytes(b"This is not a database. " * 200)
        answer = self.installation.run("serve")
        self.assertEqual(answer.returncode, 1)
        self.assertIn(str(path), answer.stderr)
        self.assertEqual(path.read_bytes(), b"This is not a database. " * 200)


class Seeding(ServerCase):
    async def test_seeding_without_a_server_makes_what_the_next_one_serves(self) -> None:
        seeded = self.installation.run(
            "seed", "--env", "demo.env", settings={"ALMANAC_HTTP_PORT": self.free_port()}
        )
        self.assertEqual((seeded.returncode, seeded.stderr), (0, ""))
        await self.assert_demo_can_be_booked(seeded.stdout)
        file = self.installation.folder / "demo.env"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        names = [line.split("=")[0] for line in file.read_text().splitlines()]
        self.assertEqual(names, ["ALMANAC_API_KEY", "ALMANAC_CALENDAR_ID", "ALMANAC_ORGANIZATION_ID"])
        values = dict(line.split("=", 1) for line in file.read_text().splitlines())
        self.assertIn(values["ALMANAC_ORGANIZATION_ID"], seeded.stdout)
        token = self.installation.run(
            "token",
            "--organization",
            values["ALMANAC_ORGANIZATION_ID"],
            settings={"ALMANAC_JWT_SECRET": "x" * 32},
        )
        self.assertEqual((token.returncode, token.stderr), (0, ""))

    async def test_a_running_server_is_seeded_over_http(self) -> None:
        server = self.installation.serve()
        port = {"ALMANAC_HTTP_PORT": str(server.port)}
        seeded = self.installation.run("seed", settings=port)
        self.assertEqual((seeded.returncode, seeded.stderr), (0, ""))
        await self.assert_demo_can_be_booked(seeded.stdout, server.port)
        again = self.installation.run("seed", settings=port)
        self.assertEqual(again.returncode, 1)
        self.assertIn("is there already", again.stderr)

    def test_seeding_a_running_server_needs_the_operator(self) -> None:
        server = self.installation.serve()
        port = {"ALMANAC_HTTP_PORT": str(server.port)}
        without = self.installation.run("seed", settings={**port, "ALMANAC_OPERATOR_TOKEN": None})
        wrong = self.installation.run("seed", settings={**port, "ALMANAC_OPERATOR_TOKEN": "x" * 32})
        self.assertEqual((without.returncode, wrong.returncode), (1, 1))
        self.assertIn("ALMANAC_OPERATOR_TOKEN", without.stderr)
        self.assertIn("operator", wrong.stderr)

    async def assert_demo_can_be_booked(self, text: str, port: int | None = None) -> None:
        key, calendar = (re.search(rf"{name}\s+(\S+)", text) for name in ("API key", "calendar"))
        start = re.search(r'"starts_at":"([^"]+)"', text)
        assert key and calendar and start, text
        client = Client("127.0.0.1", port or self.installation.serve().port, key[1])
        answer = await client.post("/api/v1/appointments", booking(calendar[1], start[1]))
        await client.close()
        self.assertEqual(answer.status, 201, answer)

    @staticmethod
    def free_port() -> str:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return str(server.getsockname()[1])


class Keys(ServerCase):
    async def test_a_minted_key_works_at_once(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        minted = self.installation.run(
            "token",
            "--api-key",
            "--organization",
            tenant.organization,
            "--scope",
            "calendars:read",
            "--name",
            "Sign",
        )
        self.assertEqual((minted.returncode, minted.stderr), (0, ""))
        key = minted.stdout.strip()
        self.assertRegex(key, r"^alm_live_[A-Za-z0-9_-]+$")
        self.assertEqual((await tenant.client.get("/api/v1/calendars", token=key)).status, 200)
        refused = await tenant.client.post("/api/v1/calendars", {"name": "A", "timezone": "UTC"}, token=key)
        self.assertEqual((refused.status, refused.code), (403, "insufficient_scope"))
        names = [item["name"] for item in (await tenant.client.get("/api/v1/admin/api-keys")).json["data"]]
        self.assertIn("Sign", names)
        await tenant.client.close()
        self.assert_sound(server)
        with server.database.open() as database:
            stored = repr(database.rows("SELECT * FROM api_keys"))
        self.assertIn("Sign", stored)
        self.assertNotIn(key, stored, "keys are stored hashed")

    def test_a_key_needs_an_organization_that_is_there(self) -> None:
        self.installation.run("migrate")
        answer = self.installation.run(
            "token", "--api-key", "--organization", "01a203bd-a020-70bf-b6e6-e92e29387749"
        )
        self.assertEqual(answer.returncode, 1)
        self.assertIn("there is no organization", answer.stderr)

    def test_the_operator_token_is_in_no_output(self) -> None:
        server = self.installation.serve()
        doctor = self.installation.run("doctor")
        server.stop()
        self.assertNotIn(OPERATOR_TOKEN, doctor.stdout + doctor.stderr + "\n".join(server.log))


if __name__ == "__main__":
    unittest.main()
