"""The rows of an import that have errors, page by page, at the same cost however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from imports.models import ImportHistory, MappingError

MAX_ERRORS = 2_000  # of the rows of one page; one row has at most as many as a table has columns


@dataclass(frozen=True)
class Position:
    """Where a page begins: behind one row number, or before one."""

    after: int = 0
    before: int | None = None


@dataclass(frozen=True)
class OpenErrors:
    """The errors of some rows."""

    numbers: Sequence[int]  # of the rows, rising
    errors: Sequence[MappingError]
    has_previous: bool
    has_next: bool


def rows_with_errors(record: ImportHistory, at: Position, rows: int, column: str = "") -> OpenErrors:
    """Return the errors of a page of rows. column: of the table, for its errors only."""
    of_import = _errors(record, column)
    if at.before is None:
        numbers = _numbers(of_import.filter(record_number__gt=at.after).order_by("record_number"), rows + 1)
        has_previous = at.after > 0 and of_import.filter(record_number__lte=at.after).exists()
        has_next = len(numbers) > rows
        numbers = numbers[:rows]
    else:
        numbers = _numbers(of_import.filter(record_number__lt=at.before).order_by("-record_number"), rows + 1)
        has_previous = len(numbers) > rows
        has_next = of_import.filter(record_number__gte=at.before).exists()
        numbers = numbers[:rows][::-1]
    errors = errors_of(record, numbers, column)
    if len(errors) > MAX_ERRORS:
        # The last of them may have more.
        whole = [error for error in errors if error.record_number != errors[-1].record_number]
        errors = whole or errors
        numbers = sorted({error.record_number for error in errors if error.record_number})
        has_next = True
    return OpenErrors(numbers, errors, has_previous, has_next)


def errors_of_rows(record: ImportHistory, numbers: Sequence[int], column: str = "") -> OpenErrors:
    """Return the errors that rows of a page have now, with or without some."""
    of_import, numbers = _errors(record, column), sorted(numbers)
    if not numbers:
        return OpenErrors([], [], False, of_import.exists())
    return OpenErrors(
        numbers, errors_of(record, numbers, column), of_import.filter(record_number__lt=numbers[0]).exists(),
        of_import.filter(record_number__gt=numbers[-1]).exists(),
    )  # fmt: skip


def errors_of(record: ImportHistory, numbers: Collection[int], column: str = "") -> list[MappingError]:
    """Return the errors of rows, in their order; one more than MAX_ERRORS at most."""
    found = _errors(record, column).filter(record_number__in=numbers).order_by("record_number", "pk")
    return list(found[: MAX_ERRORS + 1])


def cells_with_errors(record: ImportHistory, numbers: Iterable[int]) -> set[tuple[int, str]]:
    """Return row number and column of the cells with an error."""
    found = _errors(record).filter(record_number__in=list(numbers)).order_by()
    pairs = found.values_list("record_number", "target_field")
    return {(number, column) for number, column in pairs if number is not None and column is not None}


def _errors(record: ImportHistory, column: str = "") -> QuerySet[MappingError]:
    found = MappingError.objects.filter(import_record=record)
    return found.filter(target_field=column) if column else found


def _numbers(errors: QuerySet[MappingError], most: int) -> list[int]:
    """Return row numbers in the order of the errors, each once."""
    numbers = errors.values_list("record_number", flat=True).distinct()[:most]
    return [number for number in numbers if number is not None]
