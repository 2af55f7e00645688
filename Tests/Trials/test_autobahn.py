"""The Autobahn suite's cases against the WebSocket that the live feed stands on, with an echo in the feed's place.

The suite is a program for Python 2.7: its `wstest` is taken from ALMANAC_WSTEST or the PATH, and without it this is
skipped; Tests/Integration/test_websocket_protocol.py has the cases that matter for the feed itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Integration"))

from harness.scale import IS_TRIAL
from harness.server import Server, binary

WSTEST = os.environ.get("ALMANAC_WSTEST") or shutil.which("wstest")
# Limits and performance (9) with messages of megabytes take minutes; the others seconds.
CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*", "12.*", "13.*"]
# Stricter than RFC 6455 asks for is not wanted, and compression (12, 13) need not be offered.
FINE = {"OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"}


class Autobahn(unittest.TestCase):
    @unittest.skipUnless(WSTEST, "wstest is not installed")
    def test_the_suite_finds_nothing(self) -> None:
        with tempfile.TemporaryDirectory(prefix="almanac-autobahn-") as name:
            folder = Path(name)
            server = Server(folder, program=binary().with_name("almanac-bench"), arguments=("echo",))
            try:
                server.ready()
                found = self.run_suite(folder, f"ws://{server.host}:{server.port}")
                self.assertTrue(server.is_running, server.log[-10:])
            finally:
                server.kill()
        print(
            "\n  " + ", ".join(f"{count} {name}" for name, count in Counter(found.values()).items()),
            flush=True,
        )
        self.assertGreater(len(found), 240)
        self.assertEqual({case: result for case, result in found.items() if result not in FINE}, {})
        basic = {case: result for case, result in found.items() if not case.startswith(("12.", "13."))}
        self.assertNotIn("UNIMPLEMENTED", basic.values())

    def run_suite(self, folder: Path, url: str) -> dict[str, str]:
        """The worse of behaviour and closing of each case."""
        specification = {
            "outdir": str(folder / "reports"),
            "servers": [{"agent": "almanac", "url": url}],
            "cases": CASES + (["9.*"] if IS_TRIAL else []),
            "exclude-cases": [],
            "exclude-agent-cases": {},
        }
        file = folder / "fuzzingclient.json"
        file.write_text(json.dumps(specification))
        assert WSTEST is not None
        subprocess.run(
            [WSTEST, "-m", "fuzzingclient", "-s", str(file)],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=1_800,
        )
        cases = json.loads((folder / "reports" / "index.json").read_text())["almanac"]
        order = ["OK", "INFORMATIONAL", "NON-STRICT", "UNIMPLEMENTED"]
        return {
            case: max(
                (result["behavior"], result["behaviorClose"]),
                key=lambda one: order.index(one) if one in order else len(order),
            )
            for case, result in cases.items()
        }


if __name__ == "__main__":
    unittest.main()
