"""A PostgreSQL database of the installation's own."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from .database import Database
from .store import ENCRYPTION_KEY, Store
from .waiting import until

# Whether another process is still at work in the database: what a killed server had sent may yet be committed.
OTHERS = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


class PostgresDatabase(Database):
    words = {"payload_id": "(payload ->> 'id')", "subject_id": "subject_id::text"}

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("SET TIME ZONE 'UTC'")

    def close(self) -> None:
        self.connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql.encode()).fetchall()

    def damage(self) -> list[str]:
        return []

    def until_alone(self) -> None:
        until("the killed server's connections have ended", lambda: self.value(OTHERS) == 0)


class PostgresStore(Store):
    def __init__(self, server: str) -> None:
        """Makes a database in the server of that URL, which names one to connect to meanwhile."""
        if not server:
            raise ValueError("ALMANAC_TEST_POSTGRES_URL is not set: run scripts/services start postgres")
        self.server = server
        self.name = "almanac_test_" + secrets.token_hex(8)
        self._administer(f"CREATE DATABASE {self.name}")
        self.environment = {"ALMANAC_DATABASE_URL": self.url, "ALMANAC_ENCRYPTION_KEY": ENCRYPTION_KEY}

    @property
    def url(self) -> str:
        return urlunsplit(urlsplit(self.server)._replace(path="/" + self.name))

    def open(self) -> PostgresDatabase:
        return PostgresDatabase(self.url)

    def left_behind(self) -> Database:
        database = self.open()
        database.until_alone()
        return database

    def breach(self, statement: str) -> Database:
        """In a transaction that ends with the connection."""
        database = self.open()
        database.connection.autocommit = False
        database.connection.execute("SET LOCAL session_replication_role = replica")
        database.connection.execute("ALTER TABLE time_slots DROP CONSTRAINT time_slots_overlap")
        database.connection.execute(statement.encode())
        return database

    def close(self) -> None:
        self._administer(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement.encode())
