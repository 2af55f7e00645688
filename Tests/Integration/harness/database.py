"""The database file as it is, and the rules that hold in it whatever happened."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TABLES = (
    "organizations",
    "api_keys",
    "calendars",
    "business_hours",
    "time_slots",
    "contacts",
    "appointments",
    "appointment_reminders",
    "appointment_cancellations",
    "events",
    "audit_log",
    "idempotency_keys",
)

# Each finds rows that must not be there.
RULES = {
    "live times of one seat overlap": """
        SELECT hex(a.calendar_id), a.starts_at, b.starts_at FROM time_slots a JOIN time_slots b
        ON a.calendar_id = b.calendar_id AND a.seat = b.seat AND a.owner <> b.owner
            AND b.starts_at >= a.starts_at AND b.starts_at < a.ends_at
            AND (b.starts_at > a.starts_at OR b.id > a.id)""",
    "active appointments of one seat overlap": """
        WITH active AS (
            SELECT * FROM appointments WHERE status IN ('pending', 'confirmed') AND deleted_at IS NULL
        )
        SELECT hex(a.id), hex(b.id) FROM (
            SELECT id, ends_at, lead(id) OVER seat AS next, lead(starts_at) OVER seat AS next_start
            FROM active WINDOW seat AS (PARTITION BY calendar_id, seat ORDER BY starts_at)
        ) a JOIN active b ON b.id = a.next WHERE a.next_start < a.ends_at""",
    "an active appointment does not have its time": """
        SELECT hex(a.id) FROM appointments a
        LEFT JOIN time_slots s ON s.owner = a.id AND s.kind = 'appointment'
            AND s.calendar_id = a.calendar_id AND s.seat = a.seat
            AND s.starts_at = a.starts_at AND s.ends_at = a.ends_at
        WHERE a.status IN ('pending', 'confirmed') AND a.deleted_at IS NULL AND s.id IS NULL""",
    "a time is kept for no active appointment": """
        SELECT hex(s.owner) FROM time_slots s LEFT JOIN appointments a ON a.id = s.owner
        WHERE s.kind = 'appointment' AND (a.id IS NULL OR a.status NOT IN ('pending', 'confirmed'))""",
    "a calendar's events are not numbered 1 to its head": """
        SELECT hex(h.calendar_id), h.seq, count(e.seq), min(e.seq), max(e.seq)
        FROM calendar_heads h LEFT JOIN events e ON e.calendar_id = h.calendar_id
        GROUP BY h.calendar_id HAVING count(e.seq) <> h.seq
            OR (h.seq > 0 AND (min(e.seq) <> 1 OR max(e.seq) <> h.seq))""",
    "an event belongs to no head": """
        SELECT hex(calendar_id), seq FROM events
        WHERE calendar_id NOT IN (SELECT calendar_id FROM calendar_heads)""",
    "an appointment has not exactly one appointment.booked event": """
        SELECT hex(a.id), e.n FROM appointments a LEFT JOIN (
            SELECT subject_id, calendar_id, count(*) AS n FROM events
            WHERE type = 'appointment.booked' GROUP BY 1, 2
        ) e ON e.subject_id = a.id AND e.calendar_id = a.calendar_id WHERE e.n IS NOT 1""",
    "an appointment.booked event has no appointment": """
        SELECT hex(calendar_id), seq FROM events WHERE type = 'appointment.booked'
            AND subject_id NOT IN (SELECT id FROM appointments)""",
    "an event tells of another appointment than its subject": """
        SELECT hex(calendar_id), seq FROM events WHERE type = 'appointment.booked'
            AND replace(json_extract(payload, '$.id'), '-', '') <> lower(hex(subject_id))""",
    "an appointment has not exactly one audit row": """
        SELECT hex(a.id), l.n FROM appointments a LEFT JOIN (
            SELECT target_id, count(*) AS n FROM audit_log WHERE action = 'appointment.book' GROUP BY 1
        ) l ON l.target_id = a.id WHERE l.n IS NOT 1""",
    "a kept answer points at no event": """
        SELECT k.key FROM idempotency_keys k
        LEFT JOIN events e ON e.calendar_id = k.calendar_id AND e.seq = k.seq
        WHERE k.seq IS NOT NULL AND (e.seq IS NULL
            OR (k.route = '/api/v1/appointments' AND (e.type <> 'appointment.booked' OR k.status <> 201)))""",
    "two kept answers point at one event": """
        SELECT hex(calendar_id), seq, count(*) FROM idempotency_keys WHERE seq IS NOT NULL
        GROUP BY calendar_id, seq HAVING count(*) > 1""",
}


class Database:
    """Reads a database, also while it is served; a copy of its files can be read after a crash."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    @classmethod
    def copied(cls, path: Path, folder: Path) -> Database:
        """The database as a dead process left it, log and all, without touching what it left."""
        folder.mkdir(exist_ok=True)
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            target = folder / source.name
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, target)
        (folder / (path.name + "-shm")).unlink(missing_ok=True)
        return cls(folder / path.name)

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, arguments).fetchall()

    def value(self, sql: str, *arguments: Any) -> Any:
        return self.rows(sql, *arguments)[0][0]

    def broken_rules(self) -> list[str]:
        """What is wrong, each with the first rows that show it."""
        found = [(rule, self.rows(sql)) for rule, sql in RULES.items()]
        broken = [f"{rule}: {rows[:3]} ({len(rows)})" for rule, rows in found if rows]
        if self.value("PRAGMA integrity_check") != "ok":
            broken.append("the file is damaged")
        if rows := self.rows("PRAGMA foreign_key_check"):
            broken.append(f"foreign keys point nowhere: {rows[:3]}")
        return broken

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {table: self.value(f"SELECT count(*) FROM {table}") for table in TABLES}

    def appointments(self) -> dict[str, tuple[str, str]]:
        """Calendar and start of every appointment, by id, as the API writes them."""
        rows = self.rows("SELECT id, calendar_id, starts_at FROM appointments")
        return {text(id): (text(calendar), moment(start)) for id, calendar, start in rows}


def text(id: bytes) -> str:
    return str(uuid.UUID(bytes=id))


def moment(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
