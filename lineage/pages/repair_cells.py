"""Cells that users change on the pages of repairs: what a form sends of them, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.http import QueryDict

from core.actors import Actor
from core.errors import AtlasError
from core.messages import Message
from imports.column_types import PLAIN
from imports.errors import MAX_SOURCE_VALUE_LENGTH
from imports.mapping.json_values import UNSTORABLE
from imports.models import Repair, RepairResult
from imports.planning.plan import PlannedColumn
from imports.proposals.column import ReadColumn
from imports.proposals.expected import expected_in
from lineage.pages import messages
from lineage.repairs import RecordChange, RepairReport, repair
from lineage.repairs.fitting import Fit, fits
from lineage.repairs.messages import ROW_GONE
from lineage.repairs.wording import consequences_in_words
from lineage.undo.edited_rows_choice import EditedRowsChoice, needs_choice

MAX_DIGITS = 9  # of a row number

Cell = tuple[int, str]  # row number and column of the table
Changes = dict[int, dict[str, str | None]]  # row number → column → final value


class State(StrEnum):
    """What became of a cell that was sent."""

    SAVED = "saved"
    FAILED = "failed"
    CONFLICT = "conflict"  # it was not taken, because the row is another now
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class SentCell:
    """A cell that was sent."""

    text: str | None
    state: State
    message: Message | None = None  # why it was not saved
    stored: str | None = None  # what it is now


def wants_choice(problem: AtlasError) -> bool:
    """Return whether a repair was refused for want of a choice about rows that were changed or deleted with SQL."""
    return needs_choice(problem) or problem.message.code == ROW_GONE.code


@dataclass
class Outcome:
    """What became of a form."""

    cells: dict[Cell, SentCell] = field(default_factory=dict)
    report: RepairReport | None = None  # None: nothing was sent, or it was refused
    problem: AtlasError | None = None

    @property
    def asks_for_choice(self) -> bool:
        return self.problem is not None and wants_choice(self.problem)

    def count(self, state: State) -> int:
        return sum(cell.state == state for cell in self.cells.values())

    def consequences(self) -> list[str]:
        """Return what became of the rows of other imports."""
        return list(consequences_in_words(self.report)) if self.report else []

    def in_words(self) -> list[Message]:
        sentences = {
            State.SAVED: messages.CELLS_SAVED, State.FAILED: messages.CELLS_FAILED,
            State.CONFLICT: messages.CELLS_CHANGED_MEANWHILE, State.UNCHANGED: messages.CELLS_UNCHANGED,
        }  # fmt: skip
        counted = {state: self.count(state) for state in sentences}
        said = [sentences[state](cells=number) for state, number in counted.items() if number]
        return said or ([] if self.problem else [messages.NOTHING_TO_SAVE()])


@dataclass(frozen=True)
class Editor:
    """An editor of one cell."""

    name: str  # of its field
    column: PlannedColumn
    number: int  # of the row
    initial: str  # what it has before anything is typed
    text: str  # what it has
    message: str = ""  # why the value does not fit
    state: str = ""
    original: str | None = None  # in the file
    is_original_known: bool = True

    @property
    def is_cut(self) -> bool:
        """Whether the file may have more of the value: errors keep so many characters of it."""
        return len(self.original or "") >= MAX_SOURCE_VALUE_LENGTH

    @property
    def expected(self) -> Message:
        """Return what would fit: final values are in ISO notation, whatever notation the file has."""
        column = self.column
        return expected_in(ReadColumn(column.name, column.header, column.sql_type, PLAIN, frozenset())).message


def field_name(number: int, position: int) -> str:
    """Return the name of an editor's field. position: of the column in the plan."""
    return f"c{number}.{position}"


def one_line(text: str | None) -> str:
    """Return a text as a field of one line has it."""
    return re.sub(r"\r\n|[\r\n]", " ", text or "")


def changed_cells(data: QueryDict, columns: Sequence[PlannedColumn]) -> Changes:
    """Return the cells of a form that differ from what their editors had. An empty editor is an empty cell."""
    found: Changes = {}
    for name, text in data.items():
        place = re.fullmatch(rf"c([0-9]{{1,{MAX_DIGITS}}})\.([0-9]{{1,4}})", name)
        # Without the script a form also sends what was not changed, and beside it what the editor had.
        if place and int(place[2]) < len(columns) and text != data.get(f"w{name[1:]}"):
            found.setdefault(int(place[1]), {})[columns[int(place[2])].name] = str(text) or None
    return found


def without_unstorable(changes: Changes, outcome: Outcome) -> Changes:
    """Leave out the cells that no database can store, and note them."""
    remaining: Changes = {}
    for number, cells in changes.items():
        for name, text in cells.items():
            if text and UNSTORABLE.search(text):
                outcome.cells[number, name] = SentCell(text, State.FAILED, messages.CHARACTERS_CANNOT_BE_STORED())
            else:
                remaining.setdefault(number, {})[name] = text
    return remaining


def save(
    import_id: UUID, changes: Changes, columns: Iterable[PlannedColumn], actor: Actor, outcome: Outcome, *,
    reason: str, changed_rows: EditedRowsChoice | None,
) -> None:  # fmt: skip
    """Send the changes as one repair, and note what became of each cell."""
    if not changes:
        return
    asked = [RecordChange(number, values=cells) for number, cells in changes.items()]
    try:
        outcome.report = repair(import_id, asked, actor, reason=reason, changed_rows=changed_rows)
    except AtlasError as error:
        outcome.problem = error
        return
    attempts = {}
    if outcome.report.batch:
        attempts = {one.record_number: one for one in Repair.objects.filter(batch=outcome.report.batch)}
    by_name = {column.name: column for column in columns}
    for number, cells in changes.items():
        for name, text in cells.items():
            sent = _sent(number, name, text, attempts.get(number), outcome.report)
            if sent.state == State.SAVED:
                [fit] = fits([text], by_name[name].sql_type)
                sent = SentCell(text, State.SAVED, stored=fit.stored)
            outcome.cells[number, name] = sent


def _sent(number: int, name: str, text: str | None, attempt: Repair | None, report: RepairReport) -> SentCell:
    if number in report.conflicts:
        return SentCell(text, State.CONFLICT, messages.CELL_CHANGED_MEANWHILE())
    if number in report.kept:
        return SentCell(text, State.CONFLICT, messages.CHANGED_WITH_SQL())
    if attempt is None:
        return SentCell(text, State.UNCHANGED)
    if attempt.result != RepairResult.FAILED:
        return SentCell(text, State.SAVED)
    own = [error["message"] for error in attempt.errors or () if error["column"] == name]
    why = messages.DOES_NOT_FIT(why=own[0]) if own else messages.ANOTHER_CELL_DOES_NOT_FIT()
    return SentCell(text, State.FAILED, why)


def checked(cells: Sequence[tuple[PlannedColumn, str | None]]) -> list[Fit]:
    """Return what each cell becomes, as the repair itself would find."""
    found: list[Fit | None] = [None] * len(cells)
    by_column: dict[str, list[int]] = {}
    for place, (column, text) in enumerate(cells):
        if text and UNSTORABLE.search(text):
            found[place] = Fit(text, messages.CHARACTERS_CANNOT_BE_STORED())
        else:
            by_column.setdefault(column.name, []).append(place)
    for places in by_column.values():
        texts = [cells[place][1] for place in places]
        for place, fit in zip(places, fits(texts, cells[places[0]][0].sql_type), strict=True):
            found[place] = fit
    return [fit for fit in found if fit is not None]


def editors_state(sent: Mapping[Cell, SentCell], cell: Cell, initial: str, why: str) -> tuple[str, str, str]:
    """Return text, message and state of an editor: of what was sent, or as it was before."""
    one = sent.get(cell)
    if one is None:
        return initial, why, ""
    return one.text or "", str(one.message) if one.message else why, str(one.state)
