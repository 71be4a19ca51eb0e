"""The imports of a table: their order, which of them are active, and how they tell duplicates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from uuid import UUID

from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from imports.history import retention_marks
from imports.mapping.request import OnMatch
from imports.models import LOADED, ImportHistory
from imports.planning.plan import ImportPlan
from lineage.undo.rounds import Comparison, JudgedImport, Round


@dataclass(frozen=True)
class TableImport:
    """One import that was loaded into the table."""

    import_id: UUID
    order: int
    is_active: bool  # not undone
    records: int  # of its file
    key: tuple[str, ...] | None  # columns that tell its duplicates; empty: whole rows; None: it looks for none
    on_match: OnMatch
    updated_columns: tuple[str, ...]  # in which it changed rows
    empty_keys_match: bool  # whether records without a key are compared, as by the rules of earlier versions


#: The key of a frozen plan that looks for duplicates. One look at each plan: they are most of what a history weighs.
_KEY = "$ ? (exists(@.columns) && @.check_duplicates == true).unique_columns"


def imports_of(table_name: str) -> list[TableImport]:
    """Return the imports of the table that were loaded, undone or not, in their order."""
    records = (
        ImportHistory.objects.filter(LOADED, table_name=table_name, import_order__isnull=False)
        .order_by("import_order")
        .annotate(key=Cast(Func(F("mapping_config"), Value(_KEY), function="jsonb_path_query_first"), TextField()))
        .values_list(
            "import_id",
            "import_order",
            "undone_at",
            "total_rows_in_file",
            "key",
            "mapping_config__rules_version",
            "mapping_config__on_match",
            "updated_columns",
        )  # fmt: skip
    )
    key_of = lru_cache(lambda text: tuple(json.loads(text)))
    return [
        TableImport(
            import_id, order or 0, undone_at is None, row_count or 0,
            None if key is None else key_of(key), OnMatch(on_match or OnMatch.SKIP), tuple(updated_columns or ()),
            empty_keys_match=(version or 1) < 2,
        )
        for import_id, order, undone_at, row_count, key, version, on_match, updated_columns in records
    ]  # fmt: skip


def other_active_imports(record: ImportHistory) -> QuerySet[ImportHistory]:
    """Return the other active imports of its table, in no order."""
    return ImportHistory.objects.active().filter(table_name=record.table_name).exclude(pk=record.pk).order_by()


def active_in_place_of(record: ImportHistory) -> ImportHistory | None:
    """Return the active import that has the place of this one, because it was run again; None where none has it."""
    if record.import_order is None:
        return None
    return other_active_imports(record).filter(import_order=record.import_order).first()


def rounds_after(
    order: int, imports: Iterable[TableImport], whole_row: Callable[[UUID], tuple[str, ...]]
) -> list[Round]:
    """Return the active imports after this place that look for duplicates.

    whole_row: import → the columns in which it compares whole rows.

    Imports that look for none, or left no plan, keep every row whatever the table has before.
    """
    later = (other for other in imports if other.order > order and other.is_active and other.key is not None)
    with_columns = ((other, other.key or whole_row(other.import_id)) for other in later)
    return [
        Round(
            tuple(JudgedImport(one.import_id, one.order, one.records, one.on_match) for one, _ in alike),
            Comparison(alike[0][1], multiset=is_multiset, empty_keys_match=empty_keys_match),
        )
        for (is_multiset, _, empty_keys_match), run in groupby(with_columns, key=lambda pair: _rule(*pair))
        for alike in [list(run)]
    ]


def _rule(table_import: TableImport, columns: Sequence[str]) -> tuple[bool, frozenset[str], bool]:
    """Return what neighbours of one round have in common. Whole rows are compared alike by all rules."""
    return not table_import.key, frozenset(columns), table_import.empty_keys_match or not table_import.key


def later_import_with_purged_duplicates(record: ImportHistory) -> ImportHistory | None:
    """Return a later active import whose kept duplicates retention deleted, or None."""
    later = other_active_imports(record).filter(import_order__gt=record.import_order or 0, duplicates_found__gt=0)
    return later.filter(**{f"metadata__{retention_marks.KEY}__has_key": retention_marks.KEPT_RECORDS}).first()


def import_with_purged_versions(record: ImportHistory, *, itself: bool) -> ImportHistory | None:
    """Return a later active import that updated rows and whose versions of them retention deleted, or None.

    itself: whether the import's own versions are needed.
    """
    updating = ImportHistory.objects.active().filter(table_name=record.table_name, rows_updated__gt=0).order_by()
    purged = updating.filter(**{f"metadata__{retention_marks.KEY}__has_key": retention_marks.ROW_VERSIONS})
    own = Q(pk=record.pk) if itself else Q(pk__in=[])
    return purged.filter(own | Q(import_order__gt=record.import_order or 0)).first()


def round_of(record: ImportHistory, plan: ImportPlan, whole_row: Callable[[UUID], tuple[str, ...]]) -> Round:
    """Return the round of an import that is redone, which compares."""
    key = plan.unique_columns
    return Round(
        (JudgedImport(record.pk, record.import_order or 0, record.total_rows_in_file or 0, plan.on_match),),
        Comparison(key or whole_row(record.pk), multiset=not key, empty_keys_match=plan.empty_keys_match),
    )
