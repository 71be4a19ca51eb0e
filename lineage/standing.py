"""The imports of a table: in which order they came, which stand, and how they tell duplicates."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from imports import forgotten
from imports.models import ImportHistory
from imports.tables.rounds import Comparison, Round
from lineage.queries import LOADED, STANDS


@dataclass(frozen=True)
class Placed:
    """One import that was loaded into the table."""

    import_id: UUID
    order: int
    stands: bool  # was not taken back
    planned: bool  # has a frozen plan; else somebody's own code brought its rows
    checks: bool  # looks for duplicates
    key: tuple[str, ...]  # by these columns; empty: whole rows


def imports_of(table_name: str) -> list[Placed]:
    """In their order."""
    found = (
        ImportHistory.objects.filter(LOADED, table_name=table_name, import_order__isnull=False)
        .order_by("import_order")
        .annotate(
            planned=Q(mapping_config__has_key="columns"),
            checks=KeyTextTransform("check_duplicates", "mapping_config"),
            key=KeyTextTransform("unique_columns", "mapping_config"),
        )
        .values_list("import_id", "import_order", "undone_at", "planned", "checks", "key")
    )
    key_of = lru_cache(lambda text: tuple(json.loads(text)))
    return [
        Placed(import_id, order or 0, undone is None, bool(planned), checks == "true", key_of(key or "[]"))
        for import_id, order, undone, planned, checks, key in found
    ]


def others_than(found: ImportHistory) -> QuerySet[ImportHistory]:
    """That stand in its table."""
    return ImportHistory.objects.filter(STANDS, table_name=found.table_name).exclude(pk=found.pk).order_by()


def only_of(names: Sequence[str], others: QuerySet[ImportHistory]) -> tuple[str, ...]:
    """Which of these columns none of the others fills."""
    return tuple(
        name for name in names if not others.filter(mapping_config__columns__contains=[{"name": name}]).exists()
    )


def rounds_after(order: int, imports: Iterable[Placed], columns: Collection[str]) -> list[Round]:
    """The imports behind this place that look for duplicates. columns: the table's, which whole rows have.

    Imports that look for none, or left no plan, keep every row whatever stands before.
    """
    later = (one for one in imports if one.order > order and one.stands and one.planned and one.checks)
    return [
        Round(tuple(one.import_id for one in alike), Comparison(alike[0].key or tuple(columns), multiset=not key))
        for key, found in groupby(later, key=lambda one: frozenset(one.key))
        for alike in [list(found)]
    ]


def forgetful_after(found: ImportHistory) -> ImportHistory | None:
    """A later import that stands and whose duplicates were forgotten, if there is one."""
    later = others_than(found).filter(import_order__gt=found.import_order or 0, duplicates_found__gt=0)
    return later.filter(**{f"metadata__{forgotten.KEY}__has_key": forgotten.KEPT_RECORDS}).first()
