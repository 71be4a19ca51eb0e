"""What a proposal for a group of errors changes, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from imports.errors import MAX_SOURCE_VALUE_LENGTH
from imports.history.proposal_values import ProposedValue, column_of_group, proposal_values
from imports.models import ImportHistory
from imports.proposals.candidates import OF_VALUES
from imports.proposals.proposal import Proposal
from lineage.repairs.changes import RecordChange

_REPLACED = "\ufffd"  # in the text of an error in place of what it cannot hold


def proposed_changes(record: ImportHistory, group: Any, proposal: Proposal) -> Iterator[RecordChange]:
    """Yield the changes of all records of a group that a proposal mends, in the order of the file. Raises BadRequest.

    A record that another repair changes meanwhile is a conflict, where its error has the text of the file.
    group: as a summary of errors describes it.
    """
    column = column_of_group(record, group).name
    rules = ((record.mapping_config or {}).get("rules") or {}).get("transformations")
    has_texts = group.get("error_type") in OF_VALUES and not rules
    for one in proposal_values(record, group, proposal):
        seen: dict[str | int, str | None] | None = {column: one.before} if has_texts and _is_whole(one) else None
        yield RecordChange(one.record_number, {column: one.after}, expected_before=seen)


def _is_whole(one: ProposedValue) -> bool:
    return len(one.before) < MAX_SOURCE_VALUE_LENGTH and _REPLACED not in one.before
