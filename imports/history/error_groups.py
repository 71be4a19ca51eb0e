"""The mapping errors of an import, those of one kind together. The server does the work, be it for a million errors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Func, QuerySet, TextField
from psycopg import sql

from imports.models import MappingError

SAMPLES = 3  # of each kind

#: A message without what differs from record to record: the value, in quotes and cut as in coerce.py, and the place.
_PATTERN = sql.SQL(
    """
    regexp_replace(
      replace(
        coalesce(replace(error_message, '''' || left(source_value, 100) || '''', '''{value}'''), error_message),
        CASE WHEN length(location) > 1 THEN location ELSE '' END,
        '{location}'),
      '^cell [A-Z]+[0-9]+ ', 'cell {cell} ')
    """
)
_KINDS = sql.SQL(
    "WITH kinds AS ("
    " SELECT error_type, source_field, {pattern} AS message_pattern, count(*) AS count,"
    "  min(id) AS first_id, array_agg(id) AS ids"
    " FROM {errors} GROUP BY 1, 2, 3) "
)
# Only the kinds that are shown look for their samples: all errors are never sorted.
_SHOWN = sql.SQL(
    "{kinds} SELECT error_type, source_field, message_pattern, count, samples.found "
    "FROM (SELECT * FROM kinds ORDER BY count DESC, first_id LIMIT %s OFFSET %s) shown, LATERAL ("
    " SELECT json_agg(json_build_object('record_number', record_number, 'location', location,"
    "  'source_value', source_value) ORDER BY id)::text AS found"
    " FROM mapping_errors WHERE id IN (SELECT id FROM unnest(ids) id ORDER BY id LIMIT {samples})) samples "
    "ORDER BY count DESC, first_id"
)
_COUNTED = sql.SQL("SELECT count(*) FROM (SELECT 1 FROM {errors} GROUP BY error_type, source_field, {pattern}) kinds")
_ALL = sql.SQL("mapping_errors WHERE import_id = %s")
_FEW = sql.SQL("(SELECT * FROM mapping_errors WHERE import_id = %s LIMIT {among}) few")


@dataclass(frozen=True)
class ErrorGroups:
    """The kinds of errors of one import, the biggest first. Counts and slices as a list does."""

    import_id: UUID
    among: int | None = None  # how many of the errors are looked at; None: all of them

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(_COUNTED.format(errors=self._errors(), pattern=_PATTERN), [self.import_id])
            return int(cursor.fetchone()[0])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, window: slice) -> list[dict[str, Any]]:
        """Each with its type, its field, its message with {value}, {location} and {cell}, a count and samples."""
        start = window.start or 0
        kinds = _KINDS.format(errors=self._errors(), pattern=_PATTERN)
        shown = _SHOWN.format(kinds=kinds, samples=sql.Literal(SAMPLES))
        with connection.cursor() as cursor:
            cursor.execute(shown, [self.import_id, window.stop - start, start])
            return [_group(*row) for row in cursor.fetchall()]

    def _errors(self) -> sql.Composable:
        return _ALL if self.among is None else _FEW.format(among=sql.Literal(self.among))


def of_pattern(errors: QuerySet[MappingError], pattern: str) -> QuerySet[MappingError]:
    """Those whose message is of one kind. pattern: as a group has it."""
    message_pattern = Func(template=_PATTERN.as_string(None), output_field=TextField())
    return errors.annotate(message_pattern=message_pattern).filter(message_pattern=pattern)


def _group(error_type: str | None, field: str | None, pattern: str, count: int, samples: str) -> dict[str, Any]:
    return {
        "error_type": error_type, "source_field": field, "message_pattern": pattern, "count": count,
        "samples": json.loads(samples),
    }  # fmt: skip
