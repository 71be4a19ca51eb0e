"""Records of an import that a list tells about, whole: as the file has them, or as they stand in the table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.urls import reverse

from imports.models import ImportHistory, KeptRecord
from imports.pages.wording import originals
from imports.tables.catalog import data_tables
from imports.tables.queries.record_outcomes import row_ids
from imports.tables.queries.rows_by_record import rows_by_number

BEYOND = "(beyond the header)"
LOOKED_THROUGH = 20_000  # rows of an import among which those of a whole list are looked for


@dataclass(frozen=True)
class WholeRecord:
    """One record."""

    cells: list[tuple[str, str | None]]  # name and value
    url: str  # of its row; empty where it is none


def whole_records(record: ImportHistory, numbers: Collection[int]) -> dict[int, WholeRecord]:
    """By number: those that were set aside, and those whose rows stand.

    Rows of a long import are looked for one at a time only: its record numbers have no index.
    """
    found = _set_aside(record, numbers)
    if _has_rows(record) and (len(numbers) == 1 or (record.rows_inserted or 0) <= LOOKED_THROUGH):
        rows = rows_by_number(record.table_name, record.pk, set(numbers) - set(found))
        for number, row in rows.items():
            found[number] = WholeRecord(list(row.cells.items()), _row_url(record.table_name, row.row_id))
    return found


def _set_aside(record: ImportHistory, numbers: Collection[int]) -> dict[int, WholeRecord]:
    header = (record.mapping_config or {}).get("header") or []
    kept = KeptRecord.objects.filter(import_record=record, record_number__in=numbers)
    return {one.record_number: WholeRecord(list(_named(header, values)), "") for one, values in originals(kept)}


def _named(header: list[str], values: list[str | None]) -> Iterable[tuple[str, str | None]]:
    for position, value in enumerate(values):
        yield (header[position] if position < len(header) else BEYOND), value


def matched_row_urls(record: ImportHistory, kept: Iterable[KeptRecord]) -> dict[int, str]:
    """Number of a duplicate → the page of the row that it was equal to, where that stands."""
    matches = {
        one.record_number: (one.matched_import_id, one.matched_record_number)
        for one in kept
        if one.matched_import_id and one.matched_record_number
    }
    if not matches or record.table_name not in data_tables():
        return {}
    ids = row_ids(record.table_name, list(matches.values()))
    return {number: _row_url(record.table_name, ids[match]) for number, match in matches.items() if match in ids}


def _has_rows(record: ImportHistory) -> bool:
    return record.is_active and record.table_name in data_tables()


def _row_url(table_name: str, row_id: int) -> str:
    return reverse("lineage:row", args=[table_name, row_id])
