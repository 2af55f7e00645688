"""Calls operations by name and holds every answer against the contract."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any
from urllib.parse import quote, urlencode

from .case import ServerCase
from .client import Client, Response
from .contract import Contract
from .server import JWT_SECRET, OPERATOR_TOKEN
from .tenant import Tenant

# What each operation answered, over all tests of the process.
SEEN: dict[str, set[int]] = defaultdict(set)


class ContractCase(ServerCase):
    settings: dict[str, str] = {"ALMANAC_JWT_SECRET": JWT_SECRET}

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.server = self.installation.serve(self.settings)
        self.tenant = await Tenant.create(self.server)
        self.client: Client = self.tenant.client
        self.addAsyncCleanup(self.client.close)
        self.contract = Contract((await self.client.get("/openapi.json")).json)

    async def call(
        self,
        operation: str,
        expected: int | None = None,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = None,
        code: str | None = None,
        **path: Any,
    ) -> Response:
        """Sends a request of an operation; the answer must be as documented, and as `expected`."""
        answer, sent = await self.ask(operation, body, query, headers, token, path)
        self.assertEqual(self.contract.judge(operation, answer), [], f"{sent} → {answer.body[:600]!r}")
        if expected is not None:
            self.assertEqual(answer.status, expected, f"{sent} → {answer.body[:600]!r}")
        if code is not None:
            self.assertEqual(answer.code, code, sent)
        return answer

    async def ask(
        self,
        operation: str,
        body: Any = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = None,
        path: dict[str, Any] | None = None,
    ) -> tuple[Response, str]:
        """Sends a request of an operation; returns the answer and what was asked."""
        method, template, documented = self.contract.operations[operation]
        address = template.format(**{name: quote(value, safe="") for name, value in (path or {}).items()})
        if query:
            address += "?" + urlencode(query)
        if token is None and documented.get("x-scope") == "operator":
            token = OPERATOR_TOKEN
        answer = await self.client.send(method, address, body, token=token, headers=headers)
        SEEN[operation].add(answer.status)
        sent = f"{method} {address} {json.dumps(body)[:300] if not isinstance(body, bytes) else body[:80]!r}"
        return answer, sent
