"""The imports that stand in a table: in which order, what they fill, and how they tell duplicates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet

from imports.models import ImportHistory, ImportStatus
from imports.tables.replay import Comparison, Round

LOADED = (ImportStatus.SUCCESS, ImportStatus.PARTIAL)


def standing_in(table_name: str) -> QuerySet[ImportHistory]:
    """Loaded and not taken back."""
    return ImportHistory.objects.filter(table_name=table_name, status__in=LOADED, undone_at=None).order_by()


def only_of(names: Sequence[str], others: QuerySet[ImportHistory]) -> tuple[str, ...]:
    """Which of these columns none of the others fills; none where one of them left no plan to tell by."""
    if others.exclude(mapping_config__has_key="columns").exists():
        return ()
    return tuple(
        name for name in names if not others.filter(mapping_config__columns__contains=[{"name": name}]).exists()
    )


def rounds_after(order: int, others: QuerySet[ImportHistory], columns: Iterable[str]) -> list[Round]:
    """The others behind this place that look for duplicates, in order; columns: the table's, which whole rows have.

    Imports that look for none, or left no plan, keep every row whatever stands before.
    """
    whole = Comparison(tuple(columns), multiset=True)
    checking = others.filter(import_order__gt=order, mapping_config__check_duplicates=True)
    keys = checking.filter(mapping_config__has_key="columns").order_by("import_order")
    found = keys.values_list("import_id", "mapping_config__unique_columns")
    compared = ((pk, Comparison(tuple(sorted(key)), multiset=False) if key else whole) for pk, key in found)
    return list(_alike(compared))


def _alike(imports: Iterable[tuple[UUID, Comparison]]) -> Iterator[Round]:
    for comparison, alike in groupby(imports, key=lambda pair: pair[1]):
        yield Round(tuple(import_id for import_id, _ in alike), comparison)
