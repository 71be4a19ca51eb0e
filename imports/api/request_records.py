"""Read records from a request body. They are kept as NDJSON, with numbers exactly as written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.errors import BadRequest
from core.messages import Sentence
from imports.api import messages
from imports.errors import UnreadableFile
from imports.mapping.json_values import known_keys
from imports.readers.json.tokenizer import BrokenJson, JsonText
from imports.sources import SourceFile, SourceType
from imports.sources.disk_space import refuse_if_short
from imports.sources.receive import spooled

NAME = "records.ndjson"


@contextmanager
def from_body(body: bytes, *, limit: int | None = None) -> Iterator[tuple[SourceFile, dict[str, Any]]]:
    """Open the body `{"records": […], "mapping": {…}, "saved_mapping": "…"}` as a SourceFile and the other keys.

    limit: bytes of the records. Raises BadRequest, FileTooLarge.
    """
    records, rest = _read_body(body)
    known_keys("The body", rest, ["records", "mapping", "saved_mapping"])
    mapping = rest.get("mapping")
    if records is None:
        raise BadRequest(messages.NO_RECORDS_KEY())
    if not records:
        raise BadRequest(messages.NO_RECORDS_SENT())
    if mapping is not None and not isinstance(mapping, dict):
        raise BadRequest(messages.MAPPING_NOT_AN_OBJECT())
    lines = (record.encode("utf-8") + b"\n" for record in records)
    refuse_if_short(len(body))
    with spooled(lines, NAME, source_type=SourceType.API_DIRECT, limit=limit) as source:
        yield source, rest


def _read_body(body: bytes) -> tuple[list[str] | None, dict[str, Any]]:
    """Return the records, each as one line of its original text, and the other members of the body."""
    try:
        return _read_members(JsonText(iter([body.decode("utf-8-sig")])))
    except UnicodeDecodeError as error:
        raise BadRequest(messages.BODY_NOT_UTF_8(byte=error.start)) from error
    except BrokenJson as error:
        raise BadRequest(messages.BODY_NOT_JSON(line=error.line, fault=error.fault.as_json())) from error
    except UnreadableFile as error:
        raise BadRequest(messages.BODY_TOO_DEEP_OR_LONG()) from error


def _read_members(text: JsonText) -> tuple[list[str] | None, dict[str, Any]]:
    records: list[str] | None = None
    rest: dict[str, Any] = {}
    for key in text.members():
        if key in rest or (key == "records" and records is not None):
            raise _error_at(text, messages.BODY_KEY_TWICE, key=json.dumps(key)[1:-1])
        if key == "records":
            records = [text.raw().replace("\r", " ").replace("\n", " ") for _ in text.elements()]
        else:
            text.sound_value()
            if text.repeated_key:
                raise _error_at(text, messages.KEY_TWICE_IN_VALUE, key=json.dumps(key)[1:-1])
            rest[key] = _parse_value(text.raw())
    if text.peek():
        raise _error_at(text, messages.BODY_GOES_ON)
    return records, rest


def _error_at(text: JsonText, sentence: Sentence, **params: str) -> BadRequest:
    """Return the error at the position where the next value should begin."""
    text.peek()
    return BadRequest(sentence(line=text.line(), **params))


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise BadRequest(messages.BODY_TOO_DEEP_OR_LONG()) from error
    except ValueError as error:
        raise BadRequest(messages.BODY_NUMBER_TOO_LONG()) from error
