"""Find out what a person changed in the rows of a file: not what is as it was, and not what a program changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, permutations

from lineage.repair_files.original import Cell, Difference, ImportColumns, Original
from lineage.repair_files.rewrites import OF_PROGRAMS, Rewrite
from lineage.repair_files.sent_file import SentFile, SentRow
from lineage.repairs import RecordChange
from lineage.repairs.known import Known

SAMPLES = 3  # of changes by a program, in each column
SAMPLE_ROWS = 1_000  # by which columns with one name are told apart
MAX_ALIKE = 5  # such columns


@dataclass(frozen=True)
class Rewritten:
    """What a program did to cells of one column."""

    position: int  # of the column in the header
    kind: Rewrite
    cells: int
    samples: tuple[tuple[int, str, str], ...]  # row number, before, after


@dataclass
class Compared:
    """The rows that belong to the import."""

    changes: list[RecordChange] = field(default_factory=list)
    unchanged: int = 0  # records
    repeated: int = 0  # rows
    contradicting: list[int] = field(default_factory=list)  # records
    extra_edited: int = 0  # records
    rewritten: list[Rewritten] = field(default_factory=list)


def compared(
    sent: SentFile, known: Mapping[int, Known], errors: Mapping[int, set[str]], columns: ImportColumns
) -> Compared:
    """errors: number → the columns of the table with an error, as mapping_errors names them."""
    originals = {number: Original(one, columns, errors.get(number, set())) for number, one in known.items()}
    found = Compared()
    differences = _differences(_told_apart(sent, originals), originals, found)
    cells = (cell for difference in differences.values() for cell in difference.cells.values())
    is_resaved = any(cell.rewrite in OF_PROGRAMS and not cell.has_error for cell in cells)
    by_program: dict[tuple[int, Rewrite], list[tuple[int, Cell]]] = {}
    for number, difference in differences.items():
        for position, cell in difference.cells.items():
            if cell.rewrite and not cell.is_repair(is_resaved=is_resaved):
                by_program.setdefault((position, cell.rewrite), []).append((number, cell))
        change = originals[number].change(difference, number, is_resaved=is_resaved)
        if change:
            found.changes.append(change)
        else:
            found.unchanged += 1
    found.rewritten = [_rewritten(*key, changed) for key, changed in sorted(by_program.items())]
    return found


def _rewritten(position: int, kind: Rewrite, cells: Sequence[tuple[int, Cell]]) -> Rewritten:
    samples = tuple((number, cell.before or "", cell.text or "") for number, cell in cells[:SAMPLES])
    return Rewritten(position, kind, len(cells), samples)


def _differences(
    rows: Sequence[SentRow], originals: Mapping[int, Original], found: Compared
) -> dict[int, Difference]:  # fmt: skip
    """Return what differs by number, rising; records whose rows contradict each other are noted, and left out."""
    by_number: dict[int, list[SentRow]] = {}
    for row in rows:
        by_number.setdefault(row.number, []).append(row)
    differences = {}
    for number, (first, *others) in sorted(by_number.items()):
        difference = originals[number].difference(first)
        if any(row != first and originals[number].difference(row) != difference for row in others):
            found.contradicting.append(number)
            continue
        found.repeated += len(others)
        found.extra_edited += difference.extra_edited
        differences[number] = difference
    return differences


def _told_apart(sent: SentFile, originals: Mapping[int, Original]) -> Sequence[SentRow]:
    """Return the rows with columns of one name in the order in which most of their cells are as they were."""
    moved: dict[int, int] = {}
    for group in sorted(sent.alike):
        if len(group) <= MAX_ALIKE:
            orders = permutations(group)
            best = max(orders, key=lambda order: _same_cells(sent.rows, originals, group, order))
            moved |= zip(group, best, strict=True)
    if all(position == place for position, place in moved.items()):
        return sent.rows
    return [
        replace(row, texts={position: row.texts.get(moved.get(position, position)) for position in row.texts})
        for row in sent.rows
    ]


def _same_cells(
    rows: Sequence[SentRow], originals: Mapping[int, Original], group: Sequence[int], order: Sequence[int]
) -> int:
    return sum(
        row.texts.get(place) == originals[row.number].cells[position]
        for row in islice(rows, SAMPLE_ROWS)
        for position, place in zip(group, order, strict=True)
    )
