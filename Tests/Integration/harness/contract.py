"""The served OpenAPI document as a judge of answers: status, headers, media type and body."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker

from .client import Response

METHODS = ("get", "post", "put", "patch", "delete")
FORMATS = FormatChecker(formats=())


@FORMATS.checks("uuid", raises=ValueError)
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or str(uuid.UUID(value)) == value.lower()


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value).isoformat() == value


@FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)


@FORMATS.checks("email")
@FORMATS.checks("idn-email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) is not None


@FORMATS.checks("uri-reference", raises=ValueError)
def _is_reference(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).path)


class Contract:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._validators: dict[int, Draft202012Validator] = {}
        self.operations: dict[str, tuple[str, str, dict[str, Any]]] = {}
        for path, item in document["paths"].items():
            for method in METHODS:
                if (operation := item.get(method)) is not None:
                    parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
                    self.operations[operation["operationId"]] = (
                        method.upper(),
                        path,
                        {**operation, "parameters": [self.resolve(one) for one in parameters]},
                    )

    def resolve(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def errors(self, schema: Any, value: Any) -> list[str]:
        """How a value breaks a schema of the document."""
        if (validator := self._validators.get(id(schema))) is None:
            root = {"components": self.document["components"], "allOf": [schema]}
            validator = self._validators[id(schema)] = Draft202012Validator(root, format_checker=FORMATS)
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]

    def request_schema(self, operation_id: str) -> Any:
        body = self.resolve(self.operations[operation_id][2].get("requestBody"))
        return body and body["content"]["application/json"]["schema"]

    def judge(self, operation_id: str, answer: Response) -> list[str]:
        """What is wrong with an answer of an operation."""
        method, path, operation = self.operations[operation_id]
        documented = self.resolve(operation["responses"].get(str(answer.status)))
        if documented is None:
            return [f"{method} {path}: {answer.status} is not documented"]
        return [f"{method} {path} {answer.status}: {error}" for error in self._judge(documented, answer)]

    def judge_anywhere(self, name: str, answer: Response) -> list[str]:
        """The same against one of the shared responses, for what any path may answer."""
        return list(self._judge(self.document["components"]["responses"][name], answer))

    def _judge(self, documented: dict[str, Any], answer: Response) -> Iterator[str]:
        for name, header in documented.get("headers", {}).items():
            header, value = self.resolve(header), answer.headers.get(name.lower())
            if value is None:
                if header.get("required"):
                    yield f"the header {name} is missing"
            else:
                whole = int(value) if header["schema"].get("type") == "integer" and value.isdigit() else value
                yield from (f"the header {name}: {error}" for error in self.errors(header["schema"], whole))
        content = documented.get("content")
        if content is None:
            if answer.body:
                yield "there is a body"
            return
        media_type = answer.headers.get("content-type", "").split(";")[0]
        if media_type not in content:
            yield f"the media type is {media_type!r}"
            return
        if media_type.endswith("json"):
            schema, value = content[media_type]["schema"], json.loads(answer.body)
            yield from self.errors(schema, value)
            if media_type != "application/problem+json" and "properties" in self._flat(schema):
                if unknown := list(self._unknown(schema, value, "$")):
                    yield f"not documented: {', '.join(unknown)}"

    def _flat(self, schema: Any) -> dict[str, Any]:
        """A schema with its references and parts put together, as far as names of fields go."""
        schema = self.resolve(schema)
        parts = [self._flat(part) for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, [])]
        flat = dict(schema)
        for part in parts:
            if "properties" in part:
                flat["properties"] = {**part["properties"], **flat.get("properties", {})}
            for word in ("items", "additionalProperties"):
                if word in part:
                    flat.setdefault(word, part[word])
        return flat

    def _unknown(self, schema: Any, value: Any, place: str) -> Iterator[str]:
        """Fields of an answer that the document does not know."""
        flat = self._flat(schema)
        if isinstance(value, list):
            for index, item in enumerate(value[:20]):
                yield from self._unknown(flat.get("items", {}), item, f"{place}[{index}]")
        elif isinstance(value, dict):
            others = flat.get("additionalProperties")
            for name, item in value.items():
                known = flat.get("properties", {}).get(name)
                if known is not None:
                    yield from self._unknown(known, item, f"{place}.{name}")
                elif isinstance(others, dict):
                    yield from self._unknown(others, item, f"{place}.{name}")
                elif others is not True:
                    yield f"{place}.{name}"
