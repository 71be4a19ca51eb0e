"""The values of one row of a file as they are now, for those who want to change some of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from imports.column_types import cast_column
from imports.conversion.stored_plan import StoredPlan
from imports.errors import ErrorCode
from imports.models import ImportHistory, KeptRecord, MappingError, Outcome, Repair
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.tables.queries.rows_by_record import NumberedRow, rows_by_number
from lineage.provenance.rows import FILE, ValueLineage, row_lineage
from lineage.repairs.fitting import canonical
from lineage.repairs.known import Known, known_records


@dataclass(frozen=True)
class RowValue:
    """The value of one column."""

    column: PlannedColumn
    in_file: str | None
    is_known: bool  # whether the text of the file is known
    now: str | None  # in ISO notation, or as the file has it where that does not fit
    is_own: bool = True  # whether it is from this row of the file: another import may have written it since
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowValues:
    """One row of the file."""

    number: int
    location: str
    values: Sequence[RowValue]
    row_id: int | None  # of the table; None: it was rejected
    errors: Sequence[str]  # of the whole row
    together: frozenset[str]  # columns that are repaired together, as no part of them alone answers such an error
    attempts: int  # so far


def row_values(record: ImportHistory, stored: StoredPlan, number: int, largest_file: int) -> RowValues | None:
    """Return the values of an imported or rejected row; None for another one, or one that is no longer there.

    largest_file: in bytes; of larger ones the texts of imported rows are not read.
    """
    kept = KeptRecord.objects.filter(import_record=record, record_number=number).values_list("fate", flat=True).first()
    errors = list(MappingError.objects.filter(import_record=record, record_number=number).order_by("pk"))
    row = None
    if kept == Outcome.REJECTED:
        [known] = known_records(record, stored, [number]).values()
        location = known.location
        values = [_of_rejected(column, known, stored.plan) for column in stored.plan.columns]
    elif kept or not record.is_active:
        return None
    else:
        row = rows_by_number(record.table_name, record.pk, [number]).get(number)
        if row is None:
            return None
        lineage = row_lineage(record.table_name, str(row.row_id), largest_file=largest_file)
        location = lineage.location or ""
        cells = {cell.column: cell for cell in lineage.cells}
        values = [_of_imported(column, cells[column.name], row, record, number) for column in stored.plan.columns]
    return RowValues(
        number, location, list(_with_errors(values, errors)), row.row_id if row else None,
        [error.error_message for error in _of_whole(errors, stored.plan)],
        _together(values, _of_whole(errors, stored.plan)),
        Repair.objects.filter(import_record=record, record_number=number).count(),
    )  # fmt: skip


def _of_rejected(column: PlannedColumn, known: Known, plan: ImportPlan) -> RowValue:
    is_of_file = column.source < len(plan.header)
    in_file = known.cells[column.source] if column.source < len(known.cells) else None
    if column.name in known.values:
        return RowValue(column, in_file, is_of_file, known.values[column.name].text)
    text = known.text_at(column.source) if is_of_file else None
    texts = pa.array([_storable(text)], pa.string())
    cast = cast_column(texts, column.sql_type, column.reading, plan.null_tokens, formulas=column.formulas)
    return RowValue(column, _storable(in_file), is_of_file, canonical(texts, cast)[0].as_py() or None)


def _storable(text: str | None) -> str | None:
    """Return a text without halves of characters, which bytes that could not be decoded are kept as."""
    return None if text is None else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _of_imported(
    column: PlannedColumn, cell: ValueLineage, row: NumberedRow, record: ImportHistory, number: int
) -> RowValue:  # fmt: skip
    original = next((one for one in cell.originals if one.known_from), None)
    is_own = (cell.written_by.pk, cell.written_record) == (record.pk, number)
    # What a correction says is what the column had; a file says it of a field.
    is_known = original is not None and (original.known_from == FILE or len(cell.originals) == 1)
    return RowValue(column, original.text if original else None, is_known, row.cells.get(column.name), is_own)


def _with_errors(values: Iterable[RowValue], errors: Iterable[MappingError]) -> Iterable[RowValue]:
    by_column: dict[str | None, list[str]] = {}
    for error in errors:
        by_column.setdefault(error.target_field, []).append(error.error_message)
    for value in values:
        own = tuple(by_column.get(value.column.name, ()))
        yield RowValue(value.column, value.in_file, value.is_known, value.now, value.is_own, own)


def _of_whole(errors: Iterable[MappingError], plan: ImportPlan) -> list[MappingError]:
    names = {column.name for column in plan.columns}
    return [error for error in errors if error.target_field not in names]


def _together(values: Sequence[RowValue], errors: Sequence[MappingError]) -> frozenset[str]:
    if not errors:
        return frozenset()
    if all(error.error_type == ErrorCode.TOO_FEW_FIELDS for error in errors):
        missing = frozenset(value.column.name for value in values if value.in_file is None)
        return missing or frozenset(value.column.name for value in values)
    return frozenset(value.column.name for value in values)


def texts_of(values: RowValues) -> Mapping[str, str | None]:
    """Return column → value, as it is now."""
    return {value.column.name: value.now for value in values.values}
