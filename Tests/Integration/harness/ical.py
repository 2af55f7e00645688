"""Invitations as two other programs read them: PyPI's icalendar, and libical with its table of what iTIP requires."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from icalendar import Calendar

ERRORS = b"X-LIC-ERROR"


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libical.so.3")
    library.icalparser_parse_string.restype = ctypes.c_void_p
    library.icalparser_parse_string.argtypes = [ctypes.c_char_p]
    library.icalrestriction_check.restype = ctypes.c_int
    library.icalrestriction_check.argtypes = [ctypes.c_void_p]
    library.icalcomponent_count_errors.restype = ctypes.c_int
    library.icalcomponent_count_errors.argtypes = [ctypes.c_void_p]
    library.icalcomponent_as_ical_string_r.restype = ctypes.c_void_p
    library.icalcomponent_as_ical_string_r.argtypes = [ctypes.c_void_p]
    library.icalcomponent_free.restype = None
    library.icalcomponent_free.argtypes = [ctypes.c_void_p]
    library.icalmemory_free_buffer.restype = None
    library.icalmemory_free_buffer.argtypes = [ctypes.c_void_p]
    return library


def complaints(content: bytes) -> list[str]:
    """What libical has against it; nothing, if it is as RFC 5545 and RFC 5546 want it."""
    library = _library()
    component = library.icalparser_parse_string(content)
    if not component:
        return ["it cannot be parsed"]
    try:
        is_valid = library.icalrestriction_check(component)
        errors = library.icalcomponent_count_errors(component)
        if is_valid and not errors:
            return []
        text = library.icalcomponent_as_ical_string_r(component)
        lines = (ctypes.string_at(text) or b"").replace(b"\r\n ", b"").split(b"\r\n")
        library.icalmemory_free_buffer(text)
        found = [line.decode() for line in lines if line.startswith(ERRORS)]
        return found or [f"valid: {is_valid}, errors: {errors}"]
    finally:
        library.icalcomponent_free(component)


def malformed_lines(content: bytes) -> list[bytes]:
    """Lines that are not ended by CRLF, or longer than 75 octets, or cut inside a character."""
    if not content.endswith(b"\r\n"):
        return [content[-80:]]
    lines = content[:-2].split(b"\r\n")
    return [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line or not _is_text(line)]


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def parsed(content: bytes) -> tuple[Any, Any]:
    """The calendar and its one event; what icalendar writes of it reads the same."""
    calendar: Any = Calendar.from_ical(content)
    again = Calendar.from_ical(calendar.to_ical())
    assert again == calendar, "it changes when it is written again"
    assert calendar.errors == [], calendar.errors
    (event,) = calendar.walk("VEVENT")
    assert event.errors == [], event.errors
    assert {part.name for part in calendar.subcomponents} <= {"VEVENT", "VTIMEZONE"}
    return calendar, event
