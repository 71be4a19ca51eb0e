"""What a proposal for a group of errors changes, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from imports.history.proposal_values import column_of_group, proposal_values
from imports.models import ImportHistory
from imports.proposals.proposal import Proposal
from lineage.repairs.changes import RecordChange


def proposed_changes(record: ImportHistory, group: Any, proposal: Proposal) -> Iterator[RecordChange]:
    """Yield the changes of all records of a group that a proposal mends, in the order of the file. Raises BadRequest.

    group: as a summary of errors describes it.
    """
    column = column_of_group(record, group)
    return (RecordChange(number, {column.name: value}) for number, value in proposal_values(record, group, proposal))
