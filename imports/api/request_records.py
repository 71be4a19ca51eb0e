"""Records in the body of a request: kept as NDJSON, numbers exactly as written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import BadRequest
from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.json.tokenizer import BrokenJson, JsonText
from imports.sources import SourceFile, SourceType
from imports.sources.receive import spooled

NAME = "records.ndjson"


@contextmanager
def from_body(body: bytes, *, limit: int | None = None) -> Iterator[tuple[SourceFile, dict[str, Any]]]:
    """`{"records": […], "mapping": {…}}` as a SourceFile and the mapping. Raises BadRequest, FileTooLarge."""
    records, rest = _read(body)
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


def _read(body: bytes) -> tuple[list[str] | None, dict[str, Any]]:
    """The records, each on one line as it is written, and the other members of the body."""
    try:
        return _members(JsonText(iter([body.decode("utf-8-sig")])))
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8 text: byte {error.start} is not part of a character.") from error
    except BrokenJson as error:
        raise BadRequest(f"The body is not the JSON it should be, line {error.line}: {error.what}.") from error
    except UnreadableFile as error:
        raise BadRequest("The body is nested too deep, or a record is too long.") from error


def _members(text: JsonText) -> tuple[list[str] | None, dict[str, Any]]:
    records: list[str] | None = None
    rest: dict[str, Any] = {}
    for key in text.members():
        if key in rest or (key == "records" and records is not None):
            raise text.broken(messages.JSON_NAME_TWICE(key=key))
        if key == "records":
            records = [text.raw().replace("\r", " ").replace("\n", " ") for _ in text.elements()]
        else:
            text.sound_value()
            if text.repeated_key:
                raise text.broken(messages.JSON_KEY_TWICE_INSIDE(key=key))
            rest[key] = _parsed(text.raw())
    if text.peek():
        raise text.broken(messages.JSON_OBJECT_ENDED())
    return records, rest


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadRequest("The body holds a number that is too long.") from error
