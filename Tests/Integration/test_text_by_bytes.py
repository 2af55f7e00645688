"""No module that reads input compares, hashes, orders or searches text as `String` or `Character`: see ExactText."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path

from harness.object_code import Reference, are_there, objects, references
from harness.store import on_one_store
from harness.trusted_text import TRUSTED

MODULES = {
    "Scheduling": "Sources/Scheduling",
    "JSON": "Sources/JSON",
    "SQL": "Sources/SQL",
    "Connecting": "Sources/Connecting",
    "PostgresDriver": "Sources/PostgresDriver",
    "RedisDriver": "Sources/RedisDriver",
    "Prometheus": "Sources/Prometheus",
    "AlmanacRuntime": "Sources/Runtime",
    "TenantActors": "Sources/TenantActors",
    "HTTP": "Sources/HTTP",
    "Realtime": "Sources/Realtime",
    "AlmanacChannels": "Sources/Channels",
}

_TEXT = r"Swift\.(?:String|Substring|Character)"
_SENSITIVE = (
    r"Equatable|Hashable|Comparable|Sequence|Collection|BidirectionalCollection|RangeReplaceableCollection"
)
# What takes text apart by characters, or normalizes it.
DEAR = re.compile(
    "|".join(
        (
            rf"^static {_TEXT}\.(?:==|<|>|<=|>=|~=) infix",
            rf"^(?:lazy )?protocol (?:conformance descriptor|witness table(?: accessor)?) for (?:type )?{_TEXT}"
            rf"(?: and conformance {_TEXT})? : Swift\.(?:{_SENSITIVE}) in Swift$",
            rf"^(?:\(extension in \w+\):)?(?:{_TEXT}|Swift\.StringProtocol)\.(?:hasPrefix|hasSuffix|lowercased|uppercased"
            r"|count\.|contains|split|range|ranges|components|trimming\w*|replacing\w*|caseInsensitive\w*|localized\w*"
            r"|precomposed\w*|decomposed\w*|folding|Iterator\.next|is(?:Number|Letter|Whitespace|Newline|ASCII)\.)",
            # The initializer that the compiler writes for an enumeration of names.
            rf"^(?:{'|'.join(MODULES)})\..*\.init\(rawValue: Swift\.String\) -> ",
        )
    )
)
# What the compiler writes by itself, and what it writes for a literal of our own.
WRITTEN_BY_COMPILER = re.compile(
    r"^(?:outlined |lazy protocol|value witness|generic specialization|key path |got\.|got |default argument |"
    r"one-time initialization function|variable initialization expression|associated type|protocol witness for "
    r"Swift\.(?:Hashable|RawRepresentable|Equatable|CodingKey)|reabstraction|type metadata|implicit closure .*"
    r"MetadataValue)|CodingKeys|\.init\(rawValue: Swift\.String\)"
)
# A dictionary literal of a log line hashes names of ours; comparing an optional with nil compares no text.
LITERAL = re.compile(r"[mM]etadata|finish\(ignoring: \[|finish\(\)|: Set<String> = \[")
# A request's method is a token of ASCII: the parser sees to it.
METHOD = re.compile(r"\bmethod [!=]= \.|switch method \{")
NIL = re.compile(r"[!=]= nil\b")
OTHER_COMPARISON = re.compile(r"[!=]= (?!nil\b|true\b|false\b|\.)|\bcontains\(|\bswitch\b|~=")


def is_suspect(reference: Reference) -> bool:
    if WRITTEN_BY_COMPILER.search(reference.function):
        return False
    text = reference.text
    if "Hashable" in reference.symbol and LITERAL.search(text):
        return False
    if "Equatable" in reference.symbol and METHOD.search(text):
        return False
    return not (NIL.search(text) and not OTHER_COMPARISON.search(text))


def place(reference: Reference) -> str:
    return f"{reference.source}:{reference.line}" if reference.line else f"{reference.module}/{reference.object}"


# Each line is an offence if it says so.
PLANTED = """
enum Word: String { case one, two }
struct Person: Hashable { var name: String }  // offence
struct Words { var known: Set<String> = [] }
func equal(_ given: String, _ ours: String) -> Bool { given == ours }  // offence
func unequal(_ given: String, _ ours: String) -> Bool { given != ours }  // offence
func optional(_ given: String?) -> Bool { given == "a" }  // offence
func known(_ given: String) -> Bool { ["a", "b"].contains(given) }  // offence
func member(_ given: String, _ words: Words) -> Bool { words.known.contains(given) }  // offence
func looked(_ given: String, _ places: [String: Int]) -> Int? { places[given] }  // offence
func begins(_ given: String) -> Bool { given.hasPrefix("a") }  // offence
func parts(_ given: String) -> Int { given.split(separator: ",").count }  // offence
func lower(_ given: Substring) -> String { given.lowercased() }  // offence
func first(_ given: String) -> Bool { given.first == "/" }  // offence
func word(_ given: String) -> Word? { Word(rawValue: given) }  // offence
func ordered(_ given: [String]) -> [String] { given.sorted() }  // offence
func count(_ given: String) -> Int { given.count }  // offence
func chosen(_ given: String) -> Int {
    switch given {  // offence
    case "a": 1
    default: 2
    }
}
func missing(_ given: String?) -> Bool { given == nil }
func there(_ given: String?) -> Bool { given != nil && given?.isEmpty == false }
func bytes(_ given: String, _ ours: String) -> Bool { given.utf8.elementsEqual(ours.utf8) }
func length(_ given: String) -> Int { given.utf8.count + given.unicodeScalars.count }
func shown(_ given: String) -> String { "<" + given + ">\\(given)" }
func number(_ given: String) -> Int? { Int(given) }
func same(_ one: Word, _ other: Int) -> Bool { other == 1 }
"""


@unittest.skipUnless(sys.platform == "linux" and shutil.which("objdump"), "reads ELF objects with objdump")
@unittest.skipUnless(are_there(MODULES), "the debug build is not there: swift build")
@on_one_store
class TextByBytes(unittest.TestCase):
    def test_no_text_from_outside_is_compared_as_a_string(self) -> None:
        used: set[str] = set()
        offences: dict[str, set[str]] = defaultdict(set)
        for one in references(objects(MODULES), DEAR):
            if not is_suspect(one):
                continue
            names = (f"{one.source or f'{one.module}/{one.object}'}: {one.text or one.function}", one.function)
            entry = next((entry for entry in TRUSTED if any(entry in name for name in names)), None)
            if entry:
                used.add(entry)
            else:
                offences[f"{place(one)}: {one.text or one.function}"].add(one.symbol)
        told = [f"{where}\n      {', '.join(sorted(what))}" for where, what in sorted(offences.items())]
        self.assertEqual(
            told,
            [],
            "\n  compare the .exact of a text (ExactText), name an enumeration's case by init(named:), mark a stored "
            "text of an Equatable value @Exact;\n  or say in harness/trusted_text.py why it is not from outside:\n  "
            + "\n  ".join(told),
        )
        self.assertEqual(sorted(set(TRUSTED) - used), [], "these are trusted and not there any more")

    def test_each_planted_offence_is_found_and_nothing_else(self) -> None:
        lines = PLANTED.splitlines()
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "Sources" / "Planted.swift"
            source.parent.mkdir()
            source.write_text(PLANTED)
            object_file = Path(folder) / "Planted.swift.o"
            command = ["swiftc", "-Onone", "-g", "-c", "-parse-as-library", "-module-name", "HTTP"]
            subprocess.run([*command, str(source), "-o", str(object_file)], check=True, capture_output=True)
            suspects = [one for one in references([("HTTP", object_file)], DEAR) if is_suspect(one)]
        found = {one.line for one in suspects}
        if any("Person" in one.function for one in suspects):
            found.add(next(number for number, line in enumerate(lines, 1) if "struct Person" in line))
        expected = {number for number, line in enumerate(lines, 1) if "// offence" in line}
        self.assertEqual({lines[number - 1] for number in expected - found}, set(), "not found")
        self.assertEqual({lines[number - 1] for number in found - expected if number}, set(), "found in vain")


if __name__ == "__main__":
    unittest.main()
