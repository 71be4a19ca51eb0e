"""What the page of one import tells beside its record: what was changed on the way in, what did not fit, who did what.

A long import is told from a part of it, at a cost that does not grow; the whole of it is counted where that is asked
for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from audit.models import AuditEntry
from imports.errors import ErrorCode
from imports.history.error_groups import ErrorGroups
from imports.mapping.wording import correction_in_words
from imports.models import ImportHistory
from imports.pages.wording import pattern_in_words, rows_url
from imports.tables.catalog import data_tables
from imports.tables.queries.correction_groups import correction_groups

AMONG = 5_000  # rows or errors that are looked at unasked
GROUPS = 20  # kinds of errors that are told


@dataclass(frozen=True)
class Group:
    """Corrections or errors of one kind."""

    column: str
    said: str
    count: int
    url: str  # of the rows or errors themselves
    code: str = ""
    samples: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Groups:
    """All kinds, or those that a part of the import shows."""

    groups: list[Group]
    among: int | None = None  # how many rows or errors were looked at; None: all
    of: int = 0
    has_more: bool = False  # kinds, that are not told


def corrections_of(record: ImportHistory, *, everything: bool = False) -> Groups:
    """What the import's rows say of it; nothing where they are gone."""
    if not record.is_active or record.table_name not in data_tables():
        return Groups([])
    among, of = _part(record.rows_inserted, everything)
    found = correction_groups(record.table_name, record.pk, among=among)
    groups = [
        Group(
            one.column, correction_in_words(one.kind, one.detail), one.count,
            rows_url(record, _corrections_applied__contains=f'"{one.column}": {{'), samples=tuple(one.examples),
        )
        for one in found
    ]  # fmt: skip
    return Groups(groups, among, of)


def errors_of(record: ImportHistory, *, everything: bool = False) -> Groups:
    among, of = _part(record.mapping_errors_count, everything)
    found = ErrorGroups(record.pk, among=among)[: GROUPS + 1] if of else []
    return Groups([_error_kind(record, one) for one in found[:GROUPS]], among, of, has_more=len(found) > GROUPS)


def _part(number: int | None, everything: bool) -> tuple[int | None, int]:
    number = number or 0
    return (None if everything or number <= AMONG else AMONG), number


def _error_kind(record: ImportHistory, group: dict[str, Any]) -> Group:
    asked = {name: group[name] for name in ("error_type", "source_field") if group[name]}
    if group["error_details"]:
        asked["error_details"] = json.dumps(group["error_details"])
    elif group["error_type"] not in ErrorCode.values:
        asked["error_message"] = group["message_pattern"]
    samples = dict.fromkeys(one["source_value"] for one in group["samples"] if one["source_value"] is not None)
    return Group(
        group["source_field"] or "", pattern_in_words(group["message_pattern"]), group["count"],
        f"{reverse('imports:errors', args=[record.pk])}?{urlencode(asked)}",
        code=group["error_type"] or "", samples=tuple(samples),
    )  # fmt: skip


def log_of(record: ImportHistory) -> QuerySet[AuditEntry]:
    """What was done to the import, the latest first."""
    return AuditEntry.objects.filter(subject=str(record.pk))
