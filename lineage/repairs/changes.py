"""What is asked of a repair, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from core.errors import BadRequest
from imports.planning.plan import ImportPlan
from lineage.repairs import messages

MAX_NAMED = 50  # records that a report names


@dataclass(slots=True)
class RecordChange:
    """What is changed of one record.

    values: column -> its final value as an ISO text, or None. texts: position in the source, from 0 -> the text that
    goes through the plan. expected_before: of the same columns and positions, what the sender saw there.
    """

    record_number: int
    values: Mapping[str, str | None] = field(default_factory=dict)
    texts: Mapping[int, str | None] = field(default_factory=dict)
    expected_before: Mapping[str | int, str | None] | None = None


@dataclass(frozen=True)
class RepairReport:
    """What a repair did, or would do."""

    import_id: str
    table_name: str
    batch: str | None  # of the attempts; None: there were none
    dry_run: bool
    repaired: int  # records without an error now
    partly: int  # records that were changed, and have other errors still
    still_failing: int  # records whose changes did not fit
    unchanged: int  # records for which nothing else was sent than what they have
    conflicts: tuple[int, ...]  # records that are not any more as the sender saw them
    kept: tuple[int, ...]  # records whose rows were changed manually, and stay as they are
    records: tuple[dict[str, Any], ...]  # the first that still fail, with their errors
    status: str
    mapping_status: str | None
    counts: dict[str, int]  # of the import now, as in the history
    rows_returned: int  # of later imports: duplicates or updates that become rows
    rows_become_duplicates: int  # of later imports: rows that become duplicates or updates
    rows_changed: int  # of other imports: rows that get other values

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def merged(changes: Iterable[RecordChange]) -> dict[int, RecordChange]:
    """Return the changes by record, rising; what is sent of a record last counts."""
    found: dict[int, RecordChange] = {}
    for change in changes:
        earlier = found.get(change.record_number)
        if earlier:
            expected = {**(earlier.expected_before or {}), **(change.expected_before or {})}
            change = RecordChange(
                change.record_number, {**earlier.values, **change.values}, {**earlier.texts, **change.texts},
                expected or None,
            )  # fmt: skip
        found[change.record_number] = change
    return dict(sorted(found.items()))


def refuse_unknown(changes: Mapping[int, RecordChange], plan: ImportPlan, records: int) -> None:
    """Raises BadRequest where a record, a column or a position is none of the import."""
    columns, fields = {column.name for column in plan.columns}, len(plan.header)
    for number, change in changes.items():
        if not 1 <= number <= records:
            raise BadRequest(messages.NO_SUCH_RECORD(record=number, records=records), record_number=number)
        for name in change.values.keys() - columns:
            raise BadRequest(
                    messages.REPAIR_OF_UNKNOWN_COLUMN(record=number, column=str(name), columns=sorted(columns)),
                    record_number=number, column=name,
                )  # fmt: skip
        for position in change.texts:
            if not 0 <= position < fields:
                raise BadRequest(messages.NO_SUCH_FIELD(record=number, position=position), record_number=number)


def first_failing(failing: Mapping[int, Sequence[Mapping[str, Any]]]) -> tuple[dict[str, Any], ...]:
    """Return the first records that still fail. failing: by number, rising."""
    return tuple(
        {"record_number": number, "errors": list(errors)} for number, errors in list(failing.items())[:MAX_NAMED]
    )
