"""Where a request of the contract may hold a text."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from .contract import Contract

Place = tuple[str | int, ...]


def strings(contract: Contract, schema: Any, place: Place = (), depth: int = 0) -> Iterator[tuple[Place, int]]:
    """Each place of a string in a body of this schema, and the most characters it may have there (0: unsaid)."""
    schema = contract.resolve(schema)
    if not isinstance(schema, dict) or depth > 8:
        return
    for word in ("allOf", "oneOf", "anyOf"):
        for one in schema.get(word, []):
            yield from strings(contract, one, place, depth + 1)
    types = schema.get("type", "string" if "enum" in schema or "const" in schema else None)
    types = types if isinstance(types, list) else [types]
    if "string" in types:
        yield place, schema.get("maxLength", 0)
    for name, one in schema.get("properties", {}).items():
        yield from strings(contract, one, (*place, name), depth + 1)
    if "items" in schema:
        yield from strings(contract, schema["items"], (*place, 0), depth + 1)
    if "object" in types and not schema.get("properties"):
        # Free keys and values, such as metadata.
        yield (*place, "a"), 0


def examples(contract: Contract, operation: dict[str, Any]) -> list[Any]:
    """The contract's own bodies of an operation."""
    body = contract.resolve(operation.get("requestBody") or {})
    media = body.get("content", {}).get("application/json", {})
    found = [media["example"]] if "example" in media else []
    found += [contract.resolve(one)["value"] for one in media.get("examples", {}).values()]
    return found or [{}]


def has(body: Any, place: Place) -> bool:
    for step in place:
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True


def put(body: Any, place: Place, text: str) -> Any:
    """A copy of a body with the text at the place; what is missing on the way is made."""
    if not place:
        return text
    step, rest = place[0], place[1:]
    if isinstance(step, int):
        items = list(body) if isinstance(body, list) else []
        present = items[0] if items else None
        return [put(present, rest, text), *items[1:]]
    fields = copy.copy(body) if isinstance(body, dict) else {}
    fields[step] = put(fields.get(step), rest, text)
    return fields


def encoded(body: Any) -> bytes:
    """JSON whose text is UTF-8 and not escaped."""
    return json.dumps(body, ensure_ascii=False).encode()
