"""The date of a test, which stays what it was when the test began: one that runs past midnight asks about one day."""

from __future__ import annotations

from datetime import UTC, date, datetime

_today: date | None = None


def begin() -> None:
    """Called as each test begins."""
    global _today
    _today = datetime.now(UTC).date()


def today() -> date:
    """In UTC."""
    return _today or datetime.now(UTC).date()
