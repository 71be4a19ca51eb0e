"""Records that stand in the body of a request, or come from Python: kept as NDJSON, numbers exactly as written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from imports.errors import BadRequest
from imports.sources import SourceFile, SourceType
from imports.sources.incoming import spooled

NAME = "records.ndjson"
DECODER = json.JSONDecoder(parse_int=str, parse_float=str)  # no number is looked at, however long
SPACE = re.compile(r"[ \t\n\r]*")


@contextmanager
def from_body(body: bytes, *, limit: int | None = None) -> Iterator[tuple[SourceFile, dict[str, Any]]]:
    """`{"records": […], "mapping": {…}}` as a SourceFile and the mapping. Raises BadRequest, FileTooLarge."""
    records, rest = _read(_text(body))
    mapping = rest.get("mapping")
    if records is None:
        raise BadRequest('The body has no "records". Send {"records": [{…}, …], "mapping": {…}}.')
    if not records:
        raise BadRequest('"records" is empty. Send at least one record.')
    if mapping is not None and not isinstance(mapping, dict):
        raise BadRequest('"mapping" must be an object.')
    lines = (record.encode("utf-8") + b"\n" for record in records)
    with spooled(lines, NAME, source_type=SourceType.API_DIRECT, limit=limit) as source:
        yield source, mapping or {}


@contextmanager
def from_records(records: Iterable[Mapping[str, Any]], name: str = NAME) -> Iterator[SourceFile]:
    """Records of Python values; Decimals stay exact, dates and times become ISO 8601."""
    lines = (_json(record).encode("utf-8", "surrogatepass") + b"\n" for record in records)
    with spooled(lines, name, source_type=SourceType.API_DIRECT) as source:
        yield source


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8 text: byte {error.start} is not part of a character.") from error


def _read(text: str) -> tuple[list[str] | None, dict[str, Any]]:
    """The records, each on one line as it is written, and the other members of the body."""
    records: list[str] | None = None
    rest: dict[str, Any] = {}
    position = _over(text, 0, "{", "an object")
    while (position := _skip(text, position)) < len(text) and text[position] != "}":
        key, position = _value(text, position)
        position = _over(text, position, ":", "«:»")
        if key == "records":
            records, position = _elements(text, position)
        else:
            _, end = _value(text, position)
            rest[str(key)] = _parsed(text[_skip(text, position) : end])
            position = end
        position = _skip(text, position)
        if text[position : position + 1] != ",":
            break
        position += 1
    end = _skip(text, _over(text, position, "}", "«}»"))
    if end != len(text):
        raise _malformed(text, end, "something follows the object")
    return records, rest


def _elements(text: str, position: int) -> tuple[list[str], int]:
    """The elements of a list as they are written; line ends between their parts become spaces."""
    found: list[str] = []
    position = _skip(text, _over(text, position, "[", "a list of records"))
    while text[position : position + 1] != "]":
        start = _skip(text, position)
        _, position = _value(text, start)
        found.append(text[start:position].replace("\r", " ").replace("\n", " "))
        position = _skip(text, position)
        if text[position : position + 1] != ",":
            break
        position += 1
    return found, _over(text, position, "]", "«]»")


def _value(text: str, position: int) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, _skip(text, position))
    except json.JSONDecodeError as error:
        raise _malformed(text, error.pos, error.msg) from error
    except RecursionError as error:
        raise BadRequest("The body is nested too deep.") from error


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest("The body holds a number that is too long.") from error


def _skip(text: str, position: int) -> int:
    match = SPACE.match(text, position)
    return match.end() if match else position


def _over(text: str, position: int, character: str, wanted: str) -> int:
    position = _skip(text, position)
    if text[position : position + 1] != character:
        raise _malformed(text, position, f"expected {wanted}")
    return position + 1


def _malformed(text: str, position: int, what: str) -> BadRequest:
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return BadRequest(f"The body is not the JSON it should be, line {line}, character {column}: {what}.")


def _json(value: Any) -> str:
    """Compact JSON of Python values."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_json(held)}" for key, held in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_json, value)) + "]"
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    if isinstance(value, (datetime, date, time)):
        return json.dumps(value.isoformat())
    if isinstance(value, (UUID, Decimal)):
        return json.dumps(str(value))
    return json.dumps(value)
