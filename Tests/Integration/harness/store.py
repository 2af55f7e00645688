"""Where an installation keeps its data: a SQLite file in its folder, or a PostgreSQL database of its own.

ALMANAC_TEST_STORE=postgres chooses the latter, in the server of ALMANAC_TEST_POSTGRES_URL.
"""

from __future__ import annotations

import base64
import os
import unittest
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .database import Database
from .scale import IS_TRIAL

KIND = os.environ.get("ALMANAC_TEST_STORE", "sqlite")
ENCRYPTION_KEY = base64.b64encode(b"an encryption key of the tests..").decode()


class Store(ABC):
    """One installation's data."""

    # What a server is told so that it finds its data.
    environment: dict[str, str]

    @abstractmethod
    def open(self) -> Database:
        """The data as they are, also while they are served."""

    @abstractmethod
    def left_behind(self) -> Database:
        """The data as a dead process left them, before another one has touched them."""

    @abstractmethod
    def breach(self, statement: str) -> Database:
        """The data with a change that the database itself would refuse; the store itself stays as it is."""

    @abstractmethod
    def close(self) -> None: ...


def make(folder: Path) -> Store:
    """A store of the kind that this run is about."""
    if KIND == "sqlite":
        from .sqlite_store import SQLiteStore

        return SQLiteStore(folder)
    if KIND == "postgres":
        from .postgres_store import PostgresStore

        return PostgresStore(os.environ.get("ALMANAC_TEST_POSTGRES_URL", ""))
    raise ValueError(f"ALMANAC_TEST_STORE is {KIND!r}: neither sqlite nor postgres")


def only_on(kind: str, why: str) -> Callable[[Any], Any]:
    """Skips a test where another store is used."""
    return unittest.skipUnless(kind == KIND, f"on {kind} only: {why}")


def on_one_store(test: Any) -> Any:
    """For what lies before the store: a sample of the tests runs it on SQLite only, the trials on both."""
    return unittest.skipUnless(KIND == "sqlite" or IS_TRIAL, "nothing in it depends on the store")(test)
