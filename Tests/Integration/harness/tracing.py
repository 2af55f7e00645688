"""System calls of a server, as strace writes them down."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CALLS = "fdatasync,fsync,write,writev,sendto,sendmsg"
LINE = re.compile(r"^(?P<thread>\d+)\s+(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<call>\w+)\()(?P<rest>.*)$")


@dataclass
class Call:
    name: str
    arguments: str


def wrapper(output: Path) -> list[str]:
    """Runs a program traced; the program stays the direct child (-D), so signals reach it."""
    strace = shutil.which("strace")
    if strace is None:
        raise FileNotFoundError("strace is not installed: run scripts/bootstrap")
    return [
        strace,
        "-D",
        "-f",
        "-y",
        "-s",
        "32",
        "-e",
        f"trace={CALLS}",
        "-e",
        "signal=none",
        "-o",
        str(output),
    ]


def calls(output: Path) -> Iterator[Call]:
    """The calls in the order in which they returned."""
    begun: dict[str, str] = {}
    for line in output.read_text(errors="replace").splitlines():
        if (found := LINE.match(line)) is None:
            continue
        if found["resumed"]:
            if (arguments := begun.pop(found["thread"], None)) is not None:
                yield Call(found["resumed"], arguments)
        elif found["rest"].endswith("<unfinished ...>"):
            begun[found["thread"]] = found["rest"]
        else:
            yield Call(found["call"], found["rest"])
