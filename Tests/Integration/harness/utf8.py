"""Octet sequences that are UTF-8 or not, after Markus Kuhn's list as the Autobahn suite numbers it (6.5 to 6.23)."""

from __future__ import annotations

from collections.abc import Iterator

KOSME = "κόσμε".encode()
UNFINISHED = [
    b"\xc0",
    b"\xe0\x80",
    b"\xf0\x80\x80",
    b"\xf8\x80\x80\x80",
    b"\xfc\x80\x80\x80\x80",
    b"\xdf",
    b"\xef\xbf",
    b"\xf7\xbf\xbf",
    b"\xfb\xbf\xbf\xbf",
    b"\xfd\xbf\xbf\xbf\xbf",
]

GROUPS: dict[str, list[bytes]] = {
    "6.5 some text": [
        b"hello$world",
        "hello¢world".encode(),
        "hello€world".encode(),
        "hello𤭢world".encode(),
        KOSME,
    ],
    "6.6 prefixes of text": [KOSME[:end] for end in range(1, len(KOSME) + 1)],
    "6.7 first of a length": [b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"],
    "6.8 first of five and six": [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"],
    "6.9 last of a length": [b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"],
    "6.10 last of four, five, six": [
        b"\xf7\xbf\xbf\xbf",
        b"\xfb\xbf\xbf\xbf\xbf",
        b"\xfd\xbf\xbf\xbf\xbf\xbf",
    ],
    "6.11 other bounds": [
        b"\xed\x9f\xbf",
        b"\xee\x80\x80",
        b"\xef\xbf\xbd",
        b"\xf4\x8f\xbf\xbf",
        b"\xf4\x90\x80\x80",
    ],
    "6.12 continuations without a start": [(b"\x80\xbf" * 3)[:length] for length in range(1, 7)]
    + [b"\xbf", bytes(range(0x80, 0xBF))],
    "6.13 starts without a continuation": [
        b"".join(b"%c " % octet for octet in range(*span))
        for span in ((0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD))
    ],
    "6.14 the last continuation is missing": UNFINISHED,
    "6.15 all of these together": [b"".join(UNFINISHED)],
    "6.16 impossible octets": [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"],
    "6.17 a slash too long": [
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xf8\x80\x80\x80\xaf",
        b"\xfc\x80\x80\x80\x80\xaf",
    ],
    "6.18 as long as can be": [
        b"\xc1\xbf",
        b"\xe0\x9f\xbf",
        b"\xf0\x8f\xbf\xbf",
        b"\xf8\x87\xbf\xbf\xbf",
        b"\xfc\x83\xbf\xbf\xbf\xbf",
    ],
    "6.19 a NUL too long": [
        b"\xc0\x80",
        b"\xe0\x80\x80",
        b"\xf0\x80\x80\x80",
        b"\xf8\x80\x80\x80\x80",
        b"\xfc\x80\x80\x80\x80\x80",
    ],
    "6.20 surrogates": [
        b"\xed" + bytes(pair)
        for pair in (
            (0xA0, 0x80),
            (0xAD, 0xBF),
            (0xAE, 0x80),
            (0xAF, 0xBF),
            (0xB0, 0x80),
            (0xBE, 0x80),
            (0xBF, 0xBF),
        )
    ],
    "6.21 pairs of surrogates": [
        b"\xed" + high + b"\xed" + low
        for high in (b"\xa0\x80", b"\xad\xbf", b"\xae\x80", b"\xaf\xbf")
        for low in (b"\xb0\x80", b"\xbf\xbf")
    ],
    "6.22 no characters": [
        chr(plane << 16 | 0xFFFE | last).encode() for plane in range(17) for last in (0, 1)
    ],
    "6.23 specials": [chr(point).encode() for point in range(0xFFF9, 0x10000)],
}


def sequences() -> Iterator[tuple[str, bytes, bool]]:
    """Name, octets, and whether they are UTF-8."""
    for group, members in GROUPS.items():
        for number, octets in enumerate(members, 1):
            number_in_suite = f"{group.split()[0]}.{number} {group.partition(' ')[2]}"
            yield number_in_suite, octets, is_utf8(octets)


def is_utf8(octets: bytes) -> bool:
    try:
        octets.decode("utf-8", "strict")
    except UnicodeDecodeError:
        return False
    return True
