"""The imports of a table: in which order they came, which stand, and how they tell duplicates."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from imports.history import retention_marks
from imports.models import LOADED, ImportHistory
from imports.sources import SourceType
from lineage.undo.rounds import Comparison, Round


@dataclass(frozen=True)
class TableImport:
    """One import that was loaded into the table."""

    import_id: UUID
    order: int
    is_active: bool  # was not taken back
    records: int  # of its file
    key: tuple[str, ...] | None  # looks for duplicates by these columns; empty: whole rows; None: for none


#: The key of a frozen plan that looks for duplicates. One look at each plan: they are most of what a history weighs.
_KEY = "$ ? (exists(@.columns) && @.check_duplicates == true).unique_columns"


def imports_of(table_name: str) -> list[TableImport]:
    """In their order."""
    found = (
        ImportHistory.objects.filter(LOADED, table_name=table_name, import_order__isnull=False)
        .order_by("import_order")
        .annotate(key=Cast(Func(F("mapping_config"), Value(_KEY), function="jsonb_path_query_first"), TextField()))
        .values_list("import_id", "import_order", "undone_at", "total_rows_in_file", "key")
    )
    key_of = lru_cache(lambda text: tuple(json.loads(text)))
    return [
        TableImport(import_id, order or 0, undone is None, records or 0, None if key is None else key_of(key))
        for import_id, order, undone, records, key in found
    ]


def other_active_imports(found: ImportHistory) -> QuerySet[ImportHistory]:
    """That stand in its table."""
    return ImportHistory.objects.active().filter(table_name=found.table_name).exclude(pk=found.pk).order_by()


def columns_only_from(names: Sequence[str], others: QuerySet[ImportHistory]) -> tuple[str, ...]:
    """Which of these columns none of the others fills. One that left no plan may fill any."""
    found = in_no_plan(names, others)
    planned = Q(mapping_config__has_key="columns")
    return found if found and not others.exclude(planned).exists() else ()


def in_no_plan(names: Sequence[str], others: QuerySet[ImportHistory]) -> tuple[str, ...]:
    """Which of these columns none of the others fills by its plan."""
    return tuple(
        name for name in names if not others.filter(mapping_config__columns__contains=[{"name": name}]).exists()
    )


def added_by_plans(names: Sequence[str], table_name: str) -> set[str]:
    """Which of these columns imports added, by their plans, to a table that add_tracking_columns took in.

    Such columns had no mark at first (schema.added_columns).
    """
    imports = ImportHistory.objects.filter(table_name=table_name).order_by()
    if not imports.filter(source_type=SourceType.LEGACY).exists():
        return set()
    new = imports.exclude(source_type=SourceType.LEGACY)
    return {
        name
        for name in names
        if new.filter(mapping_config__columns__contains=[{"name": name, "is_new": True}]).exists()
    }


def rounds_after(order: int, imports: Iterable[TableImport], columns: Collection[str]) -> list[Round]:
    """The imports behind this place that look for duplicates. columns: the table's, which whole rows have.

    Imports that look for none, or left no plan, keep every row whatever stands before.
    """
    later = (one for one in imports if one.order > order and one.is_active and one.key is not None)
    return [
        Round(
            {one.import_id: one.records for one in alike}, Comparison(alike[0].key or tuple(columns), multiset=not key)
        )
        for key, found in groupby(later, key=lambda one: frozenset(one.key or ()))
        for alike in [list(found)]
    ]


def later_import_with_purged_duplicates(found: ImportHistory) -> ImportHistory | None:
    """A later import that stands and whose duplicates were forgotten, if there is one."""
    later = other_active_imports(found).filter(import_order__gt=found.import_order or 0, duplicates_found__gt=0)
    return later.filter(**{f"metadata__{retention_marks.KEY}__has_key": retention_marks.KEPT_RECORDS}).first()
