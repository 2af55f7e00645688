"""What the compiled modules call, with the line of the source that calls it: the compiler knows every type, a pattern
over the source does not."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .server import REPOSITORY

OBJECTS = REPOSITORY / ".build" / "debug"
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
LINE = re.compile(r"^(/.+\.swift):(\d+)")
REFERENCE = re.compile(r"^\s+[0-9a-f]+: R_\w+\s+([^\s+-]+)")


@dataclass(frozen=True)
class Reference:
    """A function names a symbol."""

    module: str
    object: str
    # As the compiler spells it in full.
    function: str
    symbol: str
    # Empty and 0 where the compiler wrote the function.
    path: str
    line: int

    @property
    def source(self) -> str:
        """The path in the repository."""
        _, folder, place = self.path.partition("/Sources/")
        return folder[1:] + place if place else ""

    @property
    def text(self) -> str:
        """The line of the source."""
        if not self.line or not Path(self.path).is_file():
            return ""
        lines = Path(self.path).read_text().splitlines()
        return lines[self.line - 1].strip() if self.line <= len(lines) else ""


def _references(module: str, path: Path) -> Iterator[Reference]:
    listing = subprocess.run(
        ["objdump", "-dlr", "--no-show-raw-insn", str(path)], capture_output=True, text=True, check=True
    )
    function, source, line = "", "", 0
    for row in listing.stdout.splitlines():
        if found := FUNCTION.match(row):
            function, source, line = found.group(1), "", 0
        elif found := LINE.match(row):
            source, line = found.group(1), int(found.group(2))
        elif (found := REFERENCE.match(row)) and found.group(1).startswith("$s"):
            yield Reference(module, path.name.removesuffix(".swift.o"), function, found.group(1), source, line)


def _demangled(names: set[str]) -> dict[str, str]:
    ordered = sorted(names)
    answer = subprocess.run(
        ["swift", "demangle"], input="\n".join(ordered), capture_output=True, text=True, check=True
    )
    return dict(zip(ordered, answer.stdout.splitlines(), strict=True))


def objects(modules: dict[str, str]) -> Iterator[tuple[str, Path]]:
    """Of modules by name with their folders; those of files that went away are left out."""
    for module, folder in modules.items():
        sources = {path.stem for path in (REPOSITORY / folder).rglob("*.swift")}
        for path in sorted((OBJECTS / f"{module}.build").glob("*.swift.o")):
            if path.name.removesuffix(".swift.o") in sources:
                yield module, path


def references(objects: Iterable[tuple[str, Path]], wanted: re.Pattern[str]) -> list[Reference]:
    """Those whose symbol matches."""
    found = {one for module, path in objects for one in _references(module, path)}
    names = _demangled({one.symbol for one in found} | {one.function for one in found})
    return [
        Reference(one.module, one.object, names[one.function], names[one.symbol], one.path, one.line)
        for one in found
        if wanted.search(names[one.symbol])
    ]


def are_there(modules: dict[str, str]) -> bool:
    return all(any((OBJECTS / f"{module}.build").glob("*.swift.o")) for module in modules)
