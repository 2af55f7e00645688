"""What the program tells of itself: versions, metrics, logs."""

from __future__ import annotations

import json
import re
import unittest

from harness.case import ServerCase
from harness.client import Client
from harness.process import metrics
from harness.server import OPERATOR_TOKEN, REPOSITORY
from harness.tenant import Tenant, starts
from harness.waiting import until

ID = "01a158a5-723b-7a94-9c0d-51e8f3b7d206"
# A scrape has to stay below this, whatever was asked.
SCRAPE_BYTES = 60_000


class Versions(ServerCase):
    async def test_there_is_one_version_everywhere(self) -> None:
        answer = self.installation.run("--version")
        self.assertEqual(answer.returncode, 0)
        version = answer.stdout.strip()
        self.assertRegex(version, r"^\d+\.\d+\.\d+")
        server = self.installation.serve()
        client = Client(server.host, server.port)
        self.addAsyncCleanup(client.close)
        contract = await client.get("/openapi.json")
        self.assertEqual(contract.json["info"]["version"], version)
        self.assertNotIn("server", contract.headers)
        built = [name for name in await metrics(client) if name.startswith("almanac_build_info{")]
        self.assertEqual(len(built), 1)
        self.assertIn(f'version="{version}"', built[0])
        self.assertEqual((await metrics(client))[built[0]], 1)


class Metrics(ServerCase):
    def documented(self) -> set[str]:
        text = (REPOSITORY / "docs" / "operations.md").read_text()
        table = text[text.index("## What to watch") : text.index("## Tuning")]
        return set(re.findall(r"\b(?:almanac|process)_[a-z_]+[a-z]", table)) - {"almanac_app", "almanac_definer"}

    async def scrape(self, client: Client) -> str:
        answer = await client.get("/metrics", token=OPERATOR_TOKEN)
        self.assertEqual(answer.status, 200)
        return answer.body.decode()

    async def test_what_is_documented_is_there_from_the_start(self) -> None:
        server = self.installation.serve()
        client = Client(server.host, server.port)
        self.addAsyncCleanup(client.close)
        text = await self.scrape(client)
        families = dict(re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text))
        explained = re.findall(r"(?m)^# HELP (\S+) \S.+\n# TYPE \1 ", text)
        self.assertEqual(sorted(families), sorted(explained))
        self.assertGreater(len(self.documented()), 20)
        self.assertEqual(self.documented() - set(families), set())
        for name, kind in families.items():
            self.assertEqual(name.endswith("_total"), kind == "counter", f"{name} is a {kind}")

    async def test_a_scrape_stays_small_when_every_route_was_used(self) -> None:
        server = self.installation.serve()
        tenant = await Tenant.create(server)
        client = tenant.client
        self.addAsyncCleanup(client.close)
        calendar = await tenant.calendar()
        await tenant.book(calendar, next(starts()))
        contract = (await client.get("/openapi.json")).json
        for path, item in contract["paths"].items():
            for identifier in (ID, calendar, "nonsense"):
                target = re.sub(r"\{[^}]*\}", identifier, path)
                for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"):
                    if method == "DELETE" and identifier == calendar:
                        continue
                    body = {} if method in ("POST", "PUT", "PATCH") else None
                    for token in (tenant.key, OPERATOR_TOKEN, "nonsense"):
                        await client.send(method, target, body, token=token)
        text = await self.scrape(client)
        print(f"\n  a scrape after every route was used: {len(text)} bytes", flush=True)
        self.assertLess(len(text), SCRAPE_BYTES)
        self.assertEqual((await metrics(client))["almanac_metrics_dropped_series_total"], 0)


class Logs(ServerCase):
    def test_a_line_of_json_has_each_key_once(self) -> None:
        server = self.installation.start({"ALMANAC_LOG_FORMAT": "json"})
        until("the server is ready", lambda: any('"message":"ready"' in line for line in server.log), 20)
        server.stop()
        for line in server.log:
            pairs = json.loads(line, object_pairs_hook=lambda pairs: pairs)
            names = [name for name, _ in pairs]
            self.assertEqual(len(names), len(set(names)), line)
            self.assertEqual(names[:3], ["time", "level", "message"], line)
            values = [value for name, value in pairs if "id" in name.split("_")]
            self.assertEqual(len(values), len(set(map(str, values))), line)
        self.assertTrue(any(json.loads(line).get("node") for line in server.log))


if __name__ == "__main__":
    unittest.main()
