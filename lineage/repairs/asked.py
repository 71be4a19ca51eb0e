"""What a request really changes of its records, beside what they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import BadRequest
from imports.conversion.stored_plan import StoredPlan
from imports.errors import WHOLE_RECORD
from imports.models import Outcome, RepairKind
from lineage.repairs import messages
from lineage.repairs.changes import MAX_NAMED, RecordChange
from lineage.repairs.known import Entry, Known, columns_of_positions
from lineage.repairs.typed_again import is_unread

_REJECTED = str(Outcome.REJECTED)


@dataclass(slots=True)
class Attempt:
    """What is changed of one record."""

    known: Known  # as it is
    proposed: Known  # as it would be
    values: Mapping[str, Entry]
    texts: Mapping[int, Entry]
    kind: RepairKind


@dataclass
class Asked:
    """What a request comes to."""

    attempts: dict[int, Attempt] = field(default_factory=dict)  # by number, rising
    unchanged: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)


def asked(
    changes: Mapping[int, RecordChange], known: Mapping[int, Known], stored: StoredPlan, by: str, reason: str | None,
    errors: Mapping[int, set[str]],
) -> Asked:  # fmt: skip
    """errors: number → the columns with an error, of records that are not rejected.

    Raises BadRequest where a correction has no reason."""
    sources = columns_of_positions(stored)
    source_of = {column.name: column.source for column in stored.plan.columns}
    found = Asked()
    for number, change in changes.items():
        one = known[number]  # what could not be read of it has no texts, though it has cells
        values = {
            name: Entry(text, by, reason) for name, text in change.values.items()
            if name not in one.values or one.values[name].text != text
        }  # fmt: skip
        texts = {
            position: Entry(text, by, reason) for position, text in change.texts.items()
            if (position not in one.texts and is_unread(one)) or (one.text_at(position) or None) != (text or None)
        }  # fmt: skip
        if not values and not texts:
            found.unchanged.append(number)
        elif change.expected_before and _conflicts(change, one, source_of):
            found.conflicts.append(number)
        else:
            changed = {*values, *(name for position in texts for name in sources.get(position, ()))}
            proposed = one.changed(values, texts, sources)
            found.attempts[number] = Attempt(one, proposed, values, texts, _kind(one, changed, errors.get(number)))
    _refuse_without_reason(found, reason)
    return found


def before(one: Known, key: str | int, source_of: Mapping[str, int]) -> str | None:
    """Return the text of a cell as it is now. key: the column, or the position in the source."""
    if isinstance(key, str):
        return one.values[key].text if key in one.values else one.text_at(source_of[key])
    return one.text_at(key)


def _conflicts(change: RecordChange, one: Known, source_of: Mapping[str, int]) -> bool:
    """Return whether the sender saw something else."""
    return any(
        (before(one, key, source_of) or None) != (seen or None)
        for key, seen in (change.expected_before or {}).items()
    )  # fmt: skip


def _kind(one: Known, changed: set[str], errors: set[str] | None) -> RepairKind:
    is_wrong = one.outcome == _REJECTED or (errors and (WHOLE_RECORD in errors or changed & errors))
    return RepairKind.REPAIR if is_wrong else RepairKind.CORRECTION


def _refuse_without_reason(found: Asked, reason: str | None) -> None:
    corrections = [number for number, one in found.attempts.items() if one.kind == RepairKind.CORRECTION]
    if corrections and not reason:
        raise BadRequest(
            messages.CORRECTION_NEEDS_REASON(records=len(corrections), record=corrections[0]),
            parameter="reason", record_numbers=corrections[:MAX_NAMED],
        )  # fmt: skip


def errors_by_record(pairs: Sequence[tuple[int, str]]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for number, column in pairs:
        found.setdefault(number, set()).add(column)
    return found
