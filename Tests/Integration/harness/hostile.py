"""Requests that must be refused, by name."""

from __future__ import annotations

import json
from typing import Any

from .client import encode
from .tenant import booking

PATH = "/api/v1/appointments"
MEGABYTE = 1 << 20


def post(token: str, body: bytes, path: str = PATH, **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return encode("POST", path, body, token, named)


def chunked(token: str, chunks: bytes) -> bytes:
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    return head.encode() + chunks


def large_bodies(token: str) -> dict[str, bytes]:
    """Ten megabytes, with their length told and in chunks."""
    body = b'{"notes":"' + b"x" * (10 * MEGABYTE) + b'"}'
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return {"length": post(token, body), "chunks": chunked(token, chunks + b"0\r\n\r\n")}


def bodies(token: str, calendar: str, start: str) -> dict[str, bytes]:
    """Bodies that are no booking."""
    good = booking(calendar, start)
    deep = 100_000

    def with_fields(**fields: Any) -> bytes:
        return json.dumps({**good, **fields}).encode()

    def with_notes(raw: bytes) -> bytes:
        return with_fields(notes="@").replace(b'"@"', raw)

    texts = {
        "empty": b"",
        "not JSON": b"{",
        "null": b"null",
        "a list": b"[]",
        "two values": b"{}{}",
        "a number": b"1",
        "deep lists": b"[" * deep + b"]" * deep,
        "deep lists without an end": b"[" * deep,
        "deep objects": b'{"a":' * deep + b"1" + b"}" * deep,
        "deep metadata": with_fields(metadata="@").replace(b'"@"', b'{"a":' * deep + b"1" + b"}" * deep),
        "wrong UTF-8": with_notes(b'"\xff\xfe"'),
        "cut UTF-8": with_notes(b'"\xe2\x82"'),
        "overlong UTF-8": with_notes(b'"\xc0\xaf"'),
        "a surrogate in UTF-8": with_notes(b'"\xed\xa0\x80"'),
        "half a surrogate pair": with_notes(rb'"\ud800"'),
        "a NUL": with_notes(rb'"\u0000"'),
        "UTF-16": json.dumps(good).encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf{",
        "a huge number": with_fields(duration_minutes="@").replace(b'"@"', b"1e999999999"),
        "a long number": with_fields(duration_minutes="@").replace(b'"@"', b"9" * 100_000),
        "the same field twice": json.dumps(good).encode()[:-1] + b',"starts_at":"2030-01-01T00:00:00Z"}',
        "an unknown field": with_fields(colour="red"),
        "no contact": with_fields(contact=None),
        "much metadata": with_fields(metadata={"a": "x" * 20_000}),
        "many attendees": with_fields(attendees=[{"name": "A", "email": "a@example.com"}] * 5_000),
        "a year out of reach": with_fields(starts_at="99999-01-01T00:00:00Z"),
        "an offset out of reach": with_fields(starts_at="2030-01-01T00:00:00+99:99"),
        "a line break in a name": with_fields(contact={"name": "A\r\nX-Evil: 1", "email": "a@example.com"}),
    }
    return {name: post(token, body) for name, body in texts.items()}


def framing(token: str, calendar: str, start: str) -> dict[str, bytes]:
    """Bodies whose end is not where it is said to be, or nowhere."""
    body = json.dumps(booking(calendar, start)).encode()
    size = b"%x\r\n" % len(body)
    whole = size + body + b"\r\n0\r\n\r\n"

    def with_headers(*lines: str, content: bytes = body) -> bytes:
        head = [f"POST {PATH} HTTP/1.1", "Host: a", f"Authorization: Bearer {token}", *lines, "", ""]
        return "\r\n".join(head).encode() + content

    return {
        "a chunk size that is none": chunked(token, b"zz\r\n" + body),
        "a negative chunk size": chunked(token, b"-5\r\n" + body),
        "a chunk size out of reach": chunked(token, b"ffffffffffffffffff\r\n" + body),
        "a chunk longer than said": chunked(token, b"5\r\n" + body + b"\r\n0\r\n\r\n"),
        "an empty chunk size": chunked(token, b"\r\n" + body),
        "length and chunks": with_headers(
            f"Content-Length: {len(body)}", "Transfer-Encoding: chunked", content=whole
        ),
        "two lengths": with_headers(f"Content-Length: {len(body)}", "Content-Length: 3"),
        "a negative length": with_headers("Content-Length: -1"),
        "a length that is none": with_headers("Content-Length: many"),
        "a length out of reach": with_headers("Content-Length: 99999999999999999999999"),
        "an unknown coding": with_headers("Transfer-Encoding: gzip, chunked, gzip", content=whole),
    }


def heads(token: str) -> dict[str, bytes]:
    """Heads of requests that make no sense or never end."""
    authorization = f"Authorization: Bearer {token}\r\n".encode()

    def get(path: bytes, *lines: bytes) -> bytes:
        return b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n" + authorization + b"".join(lines) + b"\r\n"

    return {
        "a huge header": get(b"/api/v1/calendars", b"X-Much: " + b"x" * 200_000 + b"\r\n"),
        "many headers": get(b"/api/v1/calendars", *(b"X-%d: 1\r\n" % number for number in range(10_000))),
        "a huge path": get(b"/" + b"x" * 200_000),
        "a huge query": get(b"/api/v1/calendars?cursor=" + b"x" * 200_000),
        "letters in the path that are not of ASCII": get("/api/v1/calendars/caf\u00e9".encode()),
        "letters in the query that are not of ASCII": get("/api/v1/calendars?limit=5\u0301".encode()),
        "a Connection that is not of ASCII": get(
            b"/api/v1/calendars", "Connection: clos\u00e9\r\n".encode()
        ),
        "an Upgrade to the feed that is not of ASCII": get(
            "/api/v1/realtime?ticket=\u00e9".encode(), b"Upgrade: websocket\r\nConnection: upgrade\r\n"
        ),
        "a Host that is not of ASCII": b"GET /health/live HTTP/1.1\r\nHost: caf\xc3\xa9\r\n\r\n",
        "wrong UTF-8 in the path": get(b"/api/v1/calendars/\xff\xfe"),
        "wrong UTF-8 escaped in the path": get(b"/api/v1/calendars/%ff%fe"),
        "a NUL escaped in the path": get(b"/api/v1/calendars/%00"),
        "a NUL in the path": get(b"/api/v1/calendars/\x00"),
        "wrong UTF-8 in the query": get(b"/api/v1/calendars?limit=\xff\xfe"),
        "wrong UTF-8 escaped in the query": get(b"/api/v1/calendars?cursor=%ff%fe"),
        "a way out of the path": get(b"/api/v1/../../../../etc/passwd"),
        "a way out, escaped": get(b"/api/v1/calendars/%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
        "a NUL in a header": get(b"/api/v1/calendars", b"X-A: a\x00b\r\n"),
        "a header without a name": get(b"/api/v1/calendars", b": b\r\n"),
        "a header with a space in its name": get(b"/api/v1/calendars", b"X A: b\r\n"),
        "wrong UTF-8 in the credential": b"GET /api/v1/calendars HTTP/1.1\r\nHost: a\r\n"
        b"Authorization: Bearer alm_live_\xff\xfe\r\n\r\n",
        "wrong UTF-8 in the key": b"POST /api/v1/calendars HTTP/1.1\r\nHost: a\r\n"
        + authorization
        + b"Idempotency-Key: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
        "an unknown version": b"GET /api/v1/calendars HTTP/9.9\r\nHost: a\r\n\r\n",
        "HTTP/2 by surprise": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
        "noise": bytes(range(256)) * 8 + b"\r\n\r\n",
        "another method": b"BREW /api/v1/calendars HTTP/1.1\r\nHost: a\r\n" + authorization + b"\r\n",
        "a long method": b"A" * 100_000 + b" / HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT": b"CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        "TRACE": b"TRACE /api/v1/calendars HTTP/1.1\r\nHost: a\r\n\r\n",
    }


def refused(token: str, calendar: str, start: str) -> dict[str, bytes]:
    """All but the large bodies."""
    return {**bodies(token, calendar, start), **framing(token, calendar, start), **heads(token)}
