"""Imports run one way, and what only one wrapper may see only it sees."""

from __future__ import annotations

import re
import unittest
from pathlib import Path

from harness.store import on_one_store

SOURCES = Path(__file__).resolve().parents[2] / "Sources"
# A module imports what stands on a line below its own, and nothing else of ours.
FLOORS = [
    ["Almanac"],
    ["Server"],
    ["HTTP", "Realtime", "AlmanacChannels"],
    ["TenantActors"],
    ["AlmanacRuntime"],
    ["PostgresDriver", "RedisDriver", "Prometheus", "Migrations"],
    ["SQL", "Connecting"],
    ["JSON"],
    ["Scheduling"],
]
FOLDERS = {"AlmanacRuntime": "Runtime", "AlmanacChannels": "Channels"}
# C libraries, and the Swift module that wraps each.
WRAPPERS = {
    "CPostgres": "PostgresDriver",
    "CHiredis": "RedisDriver",
    "CCurl": "AlmanacChannels",
    "CZlib": "HTTP",
    "CEventFD": "Connecting",
    "COpenAPI": "HTTP",
    "GRDB": "AlmanacRuntime",
    "GRDBSQLite": "AlmanacRuntime",
}
IMPORT = re.compile(r"^(?:@\w+ )*(?:public |package |internal |private )?import (?:struct |class |enum |func )?(\w+)", re.MULTILINE)


def imports(module: str) -> dict[str, set[str]]:
    """The modules that each file imports."""
    folder = SOURCES / FOLDERS.get(module, module)
    files = list(folder.rglob("*.swift"))
    if module == "Migrations":
        files = list((SOURCES.parent / "migrations").rglob("*.swift"))
    assert files, module
    return {str(file.relative_to(SOURCES.parent)): set(IMPORT.findall(file.read_text())) for file in files}


@on_one_store
class ImportDirection(unittest.TestCase):
    def test_each_module_imports_from_below(self) -> None:
        floor = {module: number for number, modules in enumerate(FLOORS) for module in modules}
        for module, own in floor.items():
            for file, names in imports(module).items():
                wrong = {name for name in names & floor.keys() if floor[name] <= own}
                self.assertEqual(wrong, set(), f"{file} imports what is not below {module}")

    def test_scheduling_is_pure(self) -> None:
        """No clock, no input, no output."""
        for file, names in imports("Scheduling").items():
            self.assertEqual(names - {"Foundation", "Synchronization"}, set(), file)

    def test_each_library_of_c_has_one_wrapper(self) -> None:
        for module in (module for modules in FLOORS for module in modules):
            for file, names in imports(module).items():
                strange = {name for name in names & WRAPPERS.keys() if WRAPPERS[name] != module}
                self.assertEqual(strange, set(), f"{file}, which is of {module}")

    def test_every_module_has_its_floor(self) -> None:
        folders = {FOLDERS.get(module, module) for modules in FLOORS for module in modules}
        found = {folder.name for folder in SOURCES.iterdir() if next(folder.rglob("*.swift"), None)}
        self.assertEqual(found, folders - {"Migrations"})


if __name__ == "__main__":
    unittest.main()
