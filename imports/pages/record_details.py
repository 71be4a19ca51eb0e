"""Full rows behind a list of errors or skipped rows: as in the file, or as stored in the table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.urls import reverse

from imports.loading.duplicate_differences import matched_rows
from imports.models import ImportHistory, KeptRecord, RowUpdate
from imports.pages.wording import originals
from imports.tables.catalog import data_tables
from imports.tables.queries.changed_cells import ChangedCell
from imports.tables.queries.differing_values import Difference
from imports.tables.queries.rows_by_record import rows_by_number

EXTRA_COLUMN = "(extra column)"
MAX_ROWS_SEARCHED = 20_000  # rows of an import that are searched for several records at once


@dataclass(frozen=True)
class RecordDetails:
    """One row of the file."""

    cells: list[tuple[str, str | None]]  # name and value
    url: str  # page of its row in the table; empty where it was skipped


def record_details(record: ImportHistory, numbers: Collection[int]) -> dict[int, RecordDetails]:
    """Return record number -> details, of skipped records and of those whose rows are in the table.

    The rows of a long import are searched for one record only: record numbers have no index.
    """
    details = _skipped_records(record, numbers)
    if _has_rows(record) and (len(numbers) == 1 or (record.rows_inserted or 0) <= MAX_ROWS_SEARCHED):
        rows = rows_by_number(record.table_name, record.pk, set(numbers) - set(details))
        for number, row in rows.items():
            details[number] = RecordDetails(list(row.cells.items()), _row_url(record.table_name, row.row_id))
    return details


def _skipped_records(record: ImportHistory, numbers: Collection[int]) -> dict[int, RecordDetails]:
    header = (record.mapping_config or {}).get("header") or []
    skipped = KeptRecord.objects.filter(import_record=record, record_number__in=numbers)
    return {
        original.record_number: RecordDetails(list(_with_names(header, values)), "")
        for original, values in originals(skipped)
    }


def _with_names(header: list[str], values: list[str | None]) -> Iterable[tuple[str, str | None]]:
    for position, value in enumerate(values):
        yield (header[position] if position < len(header) else EXTRA_COLUMN), value


@dataclass(frozen=True)
class ExistingRow:
    """The row that a duplicate matches."""

    url: str
    differences: list[Difference]


def existing_rows(record: ImportHistory, skipped: Iterable[KeptRecord]) -> dict[int, ExistingRow]:
    """Return record number of a duplicate -> the existing row, where that row is still in the table."""
    if record.table_name not in data_tables():
        return {}
    return {
        number: ExistingRow(_row_url(record.table_name, match.row_id), match.differences or [])
        for number, match in matched_rows(record, record.table_name, skipped).items()
    }


@dataclass(frozen=True)
class SkippedCell:
    """A value of a skipped row, beside that of the row which it matches."""

    value: str | None
    differs: Difference | None = None  # None: the row has the same value, or is not known


def skipped_cells(
    record: ImportHistory, values: Iterable[str | None], matched: ExistingRow | None
) -> list[SkippedCell]:  # fmt: skip
    """Return the values of a skipped row in file order, with what differs from the row that it matches."""
    differing = {one.column: one for one in matched.differences} if matched else {}
    columns = (record.mapping_config or {}).get("columns") or []
    by_position = {column["source"]: differing[column["name"]] for column in columns if column["name"] in differing}
    return [SkippedCell(value, by_position.get(position)) for position, value in enumerate(values)]


@dataclass(frozen=True)
class UpdatedRow:
    """A row that an import changed."""

    location: str
    url: str  # page of the row; empty where the import is undone
    key: dict[str, str | None]
    cells: list[ChangedCell]  # empty where retention deleted the values


def updated_row(update: RowUpdate, key: Iterable[str]) -> UpdatedRow:
    """Return what a record changed. key: of the import."""
    before, after = update.before or {}, update.record or {}
    has_values = update.before is not None and update.record is not None
    cells = [ChangedCell(name, before.get(name), after.get(name)) for name in update.columns if has_values]
    url = _row_url(update.table_name, update.row_id) if update.row_id else ""
    return UpdatedRow(f"Row {update.record_number:,}", url, {name: after.get(name) for name in key}, cells)


def _has_rows(record: ImportHistory) -> bool:
    return record.is_active and record.table_name in data_tables()


def _row_url(table_name: str, row_id: int) -> str:
    return reverse("lineage:row", args=[table_name, row_id])
