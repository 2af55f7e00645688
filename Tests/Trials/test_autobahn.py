"""The cases of the Autobahn suite against the live feed, and against an echo that stands in the feed's place.

The suite is a program for Python 2.7: its `wstest` is taken from ALMANAC_WSTEST or the PATH, and without it this is
skipped; Tests/Integration/test_websocket_protocol.py has its cases without it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.case import ServerCase
from harness.feed import PATH
from harness.scale import IS_TRIAL
from harness.server import Server, binary
from harness.tenant import Tenant

WSTEST = os.environ.get("ALMANAC_WSTEST") or shutil.which("wstest")
BENCH = Path(os.environ.get("ALMANAC_BENCH_BINARY", binary().with_name("almanac-bench")))
# Limits and performance (9) with messages of megabytes take minutes; the others seconds.
CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*", "12.*", "13.*"]
# These want their message back; what the feed answers instead is looked at in test_websocket_protocol.
ECHOING = [
    "1.*",
    *(f"3.{number}" for number in (2, 3, 4)),
    *(f"4.{kind}.{number}" for kind in (1, 2) for number in (3, 4, 5)),
    *(f"5.{number}" for number in (3, 4, 5, 6, 7, 8, 15, 19, 20)),
    *("6.1.*", "6.2.*", "6.5.*", "6.7.*", "6.9.*", "6.22.*", "6.23.*"),
    *(f"6.6.{number}" for number in (2, 5, 7, 9, 11)),
    *(f"6.11.{number}" for number in (1, 2, 3, 4)),
    "7.1.1",
    "10.*",
    "12.*",
    "13.*",
]
FINE = {"OK", "NON-STRICT", "INFORMATIONAL"}


@unittest.skipUnless(WSTEST, "wstest is not installed")
class Autobahn(ServerCase):
    async def test_the_live_feed(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        self.addAsyncCleanup(tenant.client.close)
        proxy = await asyncio.start_server(CredentialAdder(server, tenant.key).serve, "127.0.0.1", 0)
        async with proxy:
            port = proxy.sockets[0].getsockname()[1]
            found = await self.results(f"ws://127.0.0.1:{port}{PATH}", CASES, ECHOING)
        self.assertGreater(len(found), 130)
        self.assertEqual({case: result for case, result in found.items() if result not in FINE}, {})
        self.assertEqual((await tenant.client.get("/health/ready")).status, 200)

    async def test_an_echo(self) -> None:
        known = subprocess.run([BENCH, "--help"], capture_output=True, text=True).stdout.split()
        if "echo" not in known:
            self.skipTest("almanac-bench has no echo")
        server = Server(
            self.installation.folder, self.installation.database, program=BENCH, arguments=("echo",)
        )
        self.addCleanup(server.kill)
        server.ready()
        cases = CASES + (["9.*"] if IS_TRIAL else [])
        found = await self.results(f"ws://{server.host}:{server.port}", cases, [])
        self.assertGreater(len(found), 240)
        # Compression need not be offered.
        fine = {
            case: FINE | ({"UNIMPLEMENTED"} if case.startswith(("12.", "13.")) else set()) for case in found
        }
        self.assertEqual({case: result for case, result in found.items() if result not in fine[case]}, {})
        self.assertTrue(server.is_running, server.log[-10:])

    async def results(self, url: str, cases: list[str], without: list[str]) -> dict[str, str]:
        """What the suite says of each case: of its answers, or else of its end."""
        folder = self.installation.folder
        file = folder / "fuzzingclient.json"
        specification = {
            "outdir": str(folder / "reports"),
            "servers": [{"agent": "almanac", "url": url}],
            "cases": cases,
            "exclude-cases": without,
            "exclude-agent-cases": {},
        }
        file.write_text(json.dumps(specification))
        assert WSTEST is not None
        process = await asyncio.create_subprocess_exec(
            WSTEST,
            *("-m", "fuzzingclient", "-s", str(file)),
            cwd=folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self.assertEqual(await asyncio.wait_for(process.wait(), 1_800), 0)
        report = json.loads((folder / "reports" / "index.json").read_text())["almanac"]
        found = {
            case: one["behavior"] if one["behavior"] not in FINE else one["behaviorClose"]
            for case, one in report.items()
        }
        print(
            "\n  " + ", ".join(f"{count} {name}" for name, count in Counter(found.values()).items()),
            flush=True,
        )
        return found


class CredentialAdder:
    """Passes bytes on as they are, but for a credential in the head of the request: the suite has none."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            inner_reader, inner = await asyncio.open_connection(self.server.host, self.server.port)
            inner.write(head[:-2] + f"Authorization: Bearer {self.token}\r\n\r\n".encode())
            await asyncio.gather(pass_on(reader, inner), pass_on(inner_reader, writer))
        except (OSError, EOFError):
            writer.close()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    unittest.main()
