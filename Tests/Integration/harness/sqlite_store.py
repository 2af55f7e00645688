"""A SQLite file in the installation's folder."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

from .database import Database
from .store import Store


class SQLiteDatabase(Database):
    words = {"payload_id": "replace(json_extract(payload, '$.id'), '-', '')", "subject_id": "lower(hex(subject_id))"}

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def damage(self) -> list[str]:
        found: list[str] = []
        if self.value("PRAGMA integrity_check") != "ok":
            found.append("the file is damaged")
        if rows := self.rows("PRAGMA foreign_key_check"):
            found.append(f"foreign keys point nowhere: {rows[:3]}")
        return found


class SQLiteStore(Store):
    def __init__(self, folder: Path) -> None:
        self.path = folder / "almanac.db"
        self.environment = {"ALMANAC_DATABASE_URL": f"sqlite://{self.path}"}
        self._copies = folder / "copy"

    def open(self) -> Database:
        return SQLiteDatabase(self.path)

    def left_behind(self) -> Database:
        """A copy of the files, log and all: opening them would repair them."""
        return SQLiteDatabase(self._copy())

    def breach(self, statement: str) -> Database:
        path = self._copy()
        connection = sqlite3.connect(path)
        connection.executescript(f"DROP TRIGGER time_slots_update_guard; {statement}")
        connection.close()
        return SQLiteDatabase(path)

    def close(self) -> None:
        """The folder goes with the installation."""

    def _copy(self) -> Path:
        self._copies.mkdir(exist_ok=True)
        for suffix in ("", "-wal"):
            source = self.path.with_name(self.path.name + suffix)
            target = self._copies / source.name
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, target)
        (self._copies / (self.path.name + "-shm")).unlink(missing_ok=True)
        return self._copies / self.path.name
