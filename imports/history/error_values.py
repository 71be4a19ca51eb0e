"""The errors of an import as columns, and those of one group. PostgreSQL sends them bit by bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import islice
from typing import Any
from uuid import UUID

import pyarrow as pa
from django.db import connection
from django.db.models import Q
from psycopg import sql
from pyarrow import csv

from core.errors import BadRequest
from core.streamed_rows import streamed
from core.waits.limits import allow_long_statements
from imports.errors import ErrorCode
from imports.history import messages
from imports.models import MappingError
from imports.proposals.shapes import pattern_of
from imports.proposals.summarize import ERRORS

BATCH = 50_000  # errors

_OWN_TEXT = sql.SQL(
    "CASE WHEN error_details IS NULL AND (error_type = ANY({codes})) IS NOT TRUE THEN error_message END"
).format(codes=sql.Literal(ErrorCode.values))
_COPY = sql.SQL(
    "COPY (SELECT error_type, source_field, target_field, error_details::text, {own_text}, source_value, id"
    " FROM mapping_errors WHERE import_id = {import_id}{limit}) TO STDOUT (FORMAT csv)"
)
_READ = csv.ReadOptions(column_names=ERRORS.names, use_threads=False, block_size=64_000_000)
_PARSE = csv.ParseOptions(newlines_in_values=True)
_CONVERT = csv.ConvertOptions(
    column_types=ERRORS, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
)


def error_batches(import_id: UUID, among: int | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the errors of an import as batches of ERRORS. among: only so many of them."""
    allow_long_statements()
    limit = sql.SQL("") if among is None else sql.SQL(" LIMIT {}").format(sql.Literal(among))
    query = _COPY.format(own_text=_OWN_TEXT, import_id=sql.Literal(import_id), limit=limit)
    with connection.cursor(), connection.connection.cursor() as cursor, cursor.copy(query) as copy:
        lines = map(bytes, copy)
        while block := b"".join(islice(lines, BATCH)):
            table = csv.read_csv(BytesIO(block), _READ, _PARSE, _CONVERT)
            yield from table.combine_chunks().to_batches()


def group_condition(group: Any) -> Q:
    """Return the condition of the errors of a group, as a summary describes it; its counts and words are ignored.

    Only the keys that are there count. Raises BadRequest.
    """
    if not isinstance(group, Mapping):
        raise BadRequest(messages.GROUP_IS_NO_OBJECT(), parameter="group")
    condition = Q()
    for name in ("error_type", "source_field", "target_field"):
        if name in group:
            condition &= _equal(name, group[name])
    details = group.get("error_details")
    if details is not None:
        condition &= Q(error_details=details)
    elif group.get("error_type") not in ErrorCode.values and isinstance(group.get("message_pattern"), str):
        condition &= Q(error_details=None, error_message=group["message_pattern"])
    shape = group.get("shape")
    return condition if shape is None else condition & Q(source_value__regex=pattern_of(_text("shape", shape)))


def _equal(name: str, value: Any) -> Q:
    return Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: _text(name, value)})


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise BadRequest(messages.PART_OF_GROUP_IS_NO_TEXT(name=name), parameter="group")
    return value


def values_of_group(import_id: UUID, group: Mapping[str, Any]) -> Iterator[tuple[list[int], pa.Array]]:
    """Yield record numbers and texts of the errors of a group that have both, in the order of the file."""
    errors = MappingError.objects.filter(group_condition(group), import_record=import_id)
    errors = errors.filter(record_number__isnull=False, source_value__isnull=False)
    with streamed(errors.order_by("record_number", "id").values_list("record_number", "source_value")) as pairs:
        while some := list(islice(pairs, BATCH)):
            numbers, texts = zip(*some, strict=True)
            yield list(numbers), pa.array(texts, pa.string())
