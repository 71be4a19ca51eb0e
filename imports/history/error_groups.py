"""The mapping errors of an import in groups. The database groups them, which works for a million errors too.

A group has one field, one error type, one message code, and the parameters that do not differ from row to row. Errors
without a code are grouped by their type, or by their text if a caller's own code recorded them with a type of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from core.messages import OF_ONE_ROW, Message
from imports.errors import ErrorCode

MAX_SAMPLES = 3  # of each group

_OWN_TEXT = sql.SQL(
    "CASE WHEN error_details IS NULL AND (error_type = ANY({codes})) IS NOT TRUE THEN error_message END"
).format(codes=sql.Literal(ErrorCode.values))
_KINDS = sql.SQL(
    "WITH kinds AS ("
    " SELECT error_type, source_field, error_details, {own_text} AS own_text, count(*) AS count,"
    "  min(id) AS first_id, array_agg(id) AS ids"
    " FROM {errors} GROUP BY 1, 2, 3, 4) "
)
# Samples are read for the groups of the page only, so that not all errors are sorted.
_SHOWN = sql.SQL(
    "{kinds} SELECT error_type, source_field, error_details::text, own_text, count, samples.samples "
    "FROM (SELECT * FROM kinds ORDER BY count DESC, first_id LIMIT %s OFFSET %s) shown, LATERAL ("
    " SELECT json_agg(json_build_object('record_number', record_number, 'location', location,"
    "  'source_value', source_value) ORDER BY id)::text AS samples"
    " FROM mapping_errors WHERE id IN (SELECT id FROM unnest(ids) id ORDER BY id LIMIT {samples})) samples "
    "ORDER BY count DESC, first_id"
)
_COUNTED = sql.SQL(
    "SELECT count(*) FROM (SELECT 1 FROM {errors} GROUP BY error_type, source_field, error_details, {own_text}) kinds"
)
_ALL = sql.SQL("mapping_errors WHERE import_id = %s")
_FEW = sql.SQL("(SELECT * FROM mapping_errors WHERE import_id = %s LIMIT {among}) few")


@dataclass(frozen=True)
class ErrorGroups:
    """The groups of errors of one import, the largest first. Supports len and slices, as a list does."""

    import_id: UUID
    among: int | None = None  # how many of the errors are grouped; None: all of them

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_COUNTED.format(errors=self._errors(), own_text=_OWN_TEXT), [self.import_id])
            return int(cursor.fetchone()[0])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, window: slice) -> list[dict[str, Any]]:
        """Return groups with error type, field, message (code, parameters and English), count and samples."""
        start = window.start or 0
        kinds = _KINDS.format(errors=self._errors(), own_text=_OWN_TEXT)
        shown = _SHOWN.format(kinds=kinds, samples=sql.Literal(MAX_SAMPLES))
        with connection.cursor() as cursor:
            cursor.execute(shown, [self.import_id, window.stop - start, start])
            return [_group(*row) for row in cursor.fetchall()]

    def _errors(self) -> sql.Composable:
        return _ALL if self.among is None else _FEW.format(among=sql.Literal(self.among))


def _group(
    error_type: str | None, field: str | None, details: str | None, own_text: str | None, count: int, samples: str
) -> dict[str, Any]:
    kind = json.loads(details) if details else None
    return {
        "error_type": error_type, "source_field": field, "message_pattern": _pattern(error_type, kind, own_text),
        "error_details": kind, "count": count, "samples": json.loads(samples),
    }  # fmt: skip


def _pattern(error_type: str | None, kind: dict[str, Any] | None, own_text: str | None) -> str:
    if kind:
        return pattern_of(kind)
    if own_text is None and error_type is not None:
        return ErrorCode(error_type).label
    return own_text or ""


def pattern_of(kind: dict[str, Any]) -> str:
    """Return the message of a group, with {value}, {location} and {cell} for what differs from row to row."""
    return str(Message(kind["code"], {**kind["params"], **{name: f"{{{name}}}" for name in OF_ONE_ROW}}))
