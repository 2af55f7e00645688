"""What the database holds, whichever it is, and the rules that hold in it whatever happened."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any, Self

TABLES = (
    "organizations",
    "api_keys",
    "calendars",
    "business_hours",
    "availability_rules",
    "buffer_times",
    "break_times",
    "blackout_dates",
    "time_slots",
    "contacts",
    "appointments",
    "appointment_reminders",
    "appointment_cancellations",
    "events",
    "audit_log",
    "idempotency_keys",
)

# Each finds rows that must not be there. Both databases take the SQL; what they write differently is in braces.
RULES = {
    "live times of one seat overlap": """
        SELECT a.calendar_id, a.starts_at, b.starts_at FROM time_slots a JOIN time_slots b
        ON a.calendar_id = b.calendar_id AND a.seat = b.seat AND a.owner <> b.owner
            AND b.starts_at >= a.starts_at AND b.starts_at < a.ends_at
            AND (b.starts_at > a.starts_at OR b.id > a.id)""",
    # Where there is one seat, the rule above says it; where the settings were changed, more may be left.
    "more are there at one moment than the calendar has seats": """
        SELECT a.calendar_id, a.starts_at, count(*) FROM time_slots a
        JOIN calendars c ON c.id = a.calendar_id AND c.capacity > 1 AND c.version = 1
        JOIN time_slots b ON b.calendar_id = a.calendar_id AND b.kind = 'appointment'
            AND b.starts_at <= a.starts_at AND b.ends_at > a.starts_at
        WHERE a.kind = 'appointment'
        GROUP BY a.id, a.calendar_id, a.starts_at, c.capacity HAVING count(*) > c.capacity""",
    "active appointments of one seat overlap": """
        WITH active AS (
            SELECT * FROM appointments WHERE status IN ('pending', 'confirmed') AND deleted_at IS NULL
        )
        SELECT a.id, b.id FROM (
            SELECT id, ends_at, lead(id) OVER seat AS next, lead(starts_at) OVER seat AS next_start
            FROM active WINDOW seat AS (PARTITION BY calendar_id, seat ORDER BY starts_at)
        ) a JOIN active b ON b.id = a.next WHERE a.next_start < a.ends_at""",
    "an active appointment does not have its time": """
        SELECT a.id FROM appointments a
        LEFT JOIN time_slots s ON s.owner = a.id AND s.kind = 'appointment'
            AND s.calendar_id = a.calendar_id AND s.seat = a.seat
            AND s.starts_at = a.starts_at AND s.ends_at = a.ends_at
        WHERE a.status IN ('pending', 'confirmed') AND a.deleted_at IS NULL AND s.id IS NULL""",
    "a time is kept for no active appointment": """
        SELECT s.owner FROM time_slots s LEFT JOIN appointments a ON a.id = s.owner
        WHERE s.kind = 'appointment' AND (a.id IS NULL OR a.status NOT IN ('pending', 'confirmed'))""",
    "a calendar's events are not numbered 1 to its head": """
        SELECT h.calendar_id, h.seq, count(e.seq), min(e.seq), max(e.seq)
        FROM calendar_heads h LEFT JOIN events e ON e.calendar_id = h.calendar_id
        GROUP BY h.calendar_id, h.seq HAVING count(e.seq) <> h.seq
            OR (h.seq > 0 AND (min(e.seq) <> 1 OR max(e.seq) <> h.seq))""",
    "a calendar's opening rules changed more or less often than its layers_version says": """
        SELECT c.id, c.layers_version, l.n FROM calendars c LEFT JOIN (
            SELECT calendar_id, sum(version) AS n FROM (
                SELECT calendar_id, version FROM availability_rules
                UNION ALL SELECT calendar_id, version FROM buffer_times
                UNION ALL SELECT calendar_id, version FROM break_times
                UNION ALL SELECT calendar_id, version FROM blackout_dates
            ) items GROUP BY calendar_id
        ) l ON l.calendar_id = c.id WHERE coalesce(l.n, 0) <> c.layers_version""",
    "an event belongs to no head": """
        SELECT calendar_id, seq FROM events
        WHERE calendar_id NOT IN (SELECT calendar_id FROM calendar_heads)""",
    "an appointment has not exactly one appointment.booked event": """
        SELECT a.id, e.n FROM appointments a LEFT JOIN (
            SELECT subject_id, calendar_id, count(*) AS n FROM events
            WHERE type = 'appointment.booked' GROUP BY 1, 2
        ) e ON e.subject_id = a.id AND e.calendar_id = a.calendar_id WHERE coalesce(e.n, 0) <> 1""",
    "an appointment.booked event has no appointment": """
        SELECT calendar_id, seq FROM events WHERE type = 'appointment.booked'
            AND subject_id NOT IN (SELECT id FROM appointments)""",
    "an event tells of another appointment than its subject": """
        SELECT calendar_id, seq FROM events WHERE type = 'appointment.booked'
            AND {payload_id} <> {subject_id}""",
    "an appointment has not exactly one audit row": """
        SELECT a.id, l.n FROM appointments a LEFT JOIN (
            SELECT target_id, count(*) AS n FROM audit_log WHERE action = 'appointment.book' GROUP BY 1
        ) l ON l.target_id = a.id WHERE coalesce(l.n, 0) <> 1""",
    "a kept answer points at no event": """
        SELECT k.key FROM idempotency_keys k
        LEFT JOIN events e ON e.calendar_id = k.calendar_id AND e.seq = k.seq
        WHERE k.seq IS NOT NULL AND (e.seq IS NULL
            OR (k.route = '/api/v1/appointments' AND (e.type <> 'appointment.booked' OR k.status <> 201)))""",
    "two kept answers point at one event": """
        SELECT calendar_id, seq, count(*) FROM idempotency_keys WHERE seq IS NOT NULL
        GROUP BY calendar_id, seq HAVING count(*) > 1""",
}


class Database(ABC):
    """Reads a database, also while it is served."""

    # How this database writes what is in braces in a rule.
    words: dict[str, str]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    @abstractmethod
    def damage(self) -> list[str]:
        """What the database itself finds wrong with its files and references."""

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def broken_rules(self) -> list[str]:
        """What is wrong, each with the first rows that show it."""
        found = [(rule, self.rows(sql.format(**self.words))) for rule, sql in RULES.items()]
        broken = [f"{rule}: {shown(rows[:3])} ({len(rows)})" for rule, rows in found if rows]
        return broken + self.damage()

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {table: self.value(f"SELECT count(*) FROM {table}") for table in TABLES}

    def appointments(self) -> dict[str, tuple[str, str]]:
        """Calendar and start of every appointment, by id, as the API writes them."""
        rows = self.rows("SELECT id, calendar_id, starts_at FROM appointments")
        return {text(id): (text(calendar), moment(start)) for id, calendar, start in rows}


def shown(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(text(one) if isinstance(one, (bytes, uuid.UUID)) else one for one in row) for row in rows]


def text(id: bytes | uuid.UUID) -> str:
    return str(id if isinstance(id, uuid.UUID) else uuid.UUID(bytes=id))


def moment(at: int | datetime) -> str:
    """SQLite keeps microseconds since 1970."""
    time = at.astimezone(UTC) if isinstance(at, datetime) else datetime.fromtimestamp(at / 1_000_000, UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
