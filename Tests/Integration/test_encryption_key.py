"""A database is served with one encryption key: another one is refused at the start, and the answer says what to do."""

from __future__ import annotations

import base64
import subprocess

from harness.case import ServerCase
from harness.client import Client
from harness.server import OPERATOR_TOKEN, Server
from harness.store import only_on

EX_CONFIG = 78
KEYS = [base64.b64encode(bytes([number]) * 32).decode() for number in range(3)]


class EncryptionKey(ServerCase):
    def serve(self, key: str | None) -> Server:
        return self.installation.serve({"ALMANAC_ENCRYPTION_KEY": key})

    def refused(self, key: str | None) -> str:
        """What a server that does not start says."""
        server = self.installation.start({"ALMANAC_ENCRYPTION_KEY": key})
        self.assertEqual(server.wait(), EX_CONFIG, "\n".join(server.log))
        return "\n".join(server.log)

    def doctor(self, key: str | None) -> subprocess.CompletedProcess[str]:
        return self.installation.run("doctor", settings={"ALMANAC_ENCRYPTION_KEY": key})

    async def test_another_key_is_refused_and_the_first_one_is_not(self) -> None:
        self.installation.run("migrate")
        answer = self.doctor(KEYS[0])
        self.assertEqual(answer.returncode, 0, answer.stdout)
        self.assertIn("the first one's key counts", answer.stdout)
        server = self.serve(KEYS[0])
        client = Client(server.host, server.port)
        made = await client.post("/api/v1/platform/organizations", {"name": "Org"}, token=OPERATOR_TOKEN)
        await client.close()
        self.assertEqual(made.status, 201, made)
        server.stop()
        said = self.refused(KEYS[1])
        for part in ("encryption.key (ALMANAC_ENCRYPTION_KEY)", "first served with", "docs/operations.md"):
            self.assertIn(part, said)
        self.assertNotIn(KEYS[0], said)
        answer = self.doctor(KEYS[1])
        self.assertEqual(answer.returncode, 1)
        self.assertRegex(answer.stdout, r"(?m)^problem\s+encryption key.*first served with")
        answer = self.doctor(KEYS[0])
        self.assertEqual(answer.returncode, 0, answer.stdout)
        self.assertRegex(answer.stdout, r"(?m)^ok\s+encryption key")
        # What uses no key does not mind.
        for arguments in (("migrate",), ("token", "--api-key", "--organization", made.json["id"])):
            other = self.installation.run(*arguments, settings={"ALMANAC_ENCRYPTION_KEY": KEYS[1]})
            self.assertEqual(other.returncode, 0, other.stderr)
        # What serves does.
        seeded = self.installation.run("seed", settings={"ALMANAC_ENCRYPTION_KEY": KEYS[1]})
        self.assertEqual(seeded.returncode, EX_CONFIG, seeded.stdout)
        self.assertIn("first served with", seeded.stderr)
        self.serve(KEYS[0]).stop()

    @only_on("sqlite", "only a file has a key file beside it")
    def test_a_key_file_that_is_lost_or_another_one_is_missed(self) -> None:
        self.serve(None).stop()
        path = self.installation.folder / "almanac.db.key"
        made = path.read_bytes()
        path.unlink()
        said = self.refused(None)
        self.assertIn("almanac.db.key: is missing", said)
        self.assertFalse(path.exists(), "no key is made that is of no use")
        self.assertRegex(self.doctor(None).stdout, r"(?m)^problem\s+encryption key.*is missing")
        path.write_text(KEYS[1] + "\n")
        self.assertIn("almanac.db.key: is not the key", self.refused(None))
        self.assertRegex(self.doctor(None).stdout, r"(?m)^problem\s+encryption key.*almanac\.db\.key")
        path.write_text("no key at all")
        self.assertIn("must hold 32 bytes", self.refused(None))
        path.unlink()
        self.serve(made.decode().strip()).stop()
        path.write_bytes(made)
        self.serve(None).stop()

    @only_on("postgres", "one process serves a file")
    def test_of_two_that_start_first_at_once_one_is_first(self) -> None:
        self.installation.run("migrate")
        servers = [
            self.installation.start(
                {"ALMANAC_ENCRYPTION_KEY": key, "ALMANAC_NODE_ID": f"n{index}", "ALMANAC_REDIS_URL": self.redis_url()}
            )
            for index, key in enumerate(KEYS)
        ]
        refused = []
        for index, server in enumerate(servers):
            try:
                server.ready()
            except AssertionError:
                self.assertEqual(server.wait(), EX_CONFIG)
                refused.append(index)
        self.assertEqual(len(refused), 2)

    @staticmethod
    def redis_url() -> str:
        """One that nobody answers: nodes go on without."""
        return "redis://127.0.0.1:1"
