"""The values that a proposal makes of a group of errors: all of them, as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow.compute as pc

from core.errors import BadRequest
from imports.history import messages
from imports.history.error_values import values_of_group
from imports.models import ImportHistory
from imports.proposals.apply import applied
from imports.proposals.column import ReadColumn, read_columns
from imports.proposals.proposal import Proposal
from imports.proposals.tally import ProposalTally, Verified


def column_of_group(record: ImportHistory, group: Any) -> ReadColumn:
    """Return the column of the table that the errors of a group are in. Raises BadRequest."""
    name = group.get("target_field") if isinstance(group, Mapping) else None
    column = read_columns(record.mapping_config).get(name) if isinstance(name, str) else None
    if column is None:
        raise BadRequest(messages.GROUP_WITHOUT_COLUMN(), parameter="group")
    return column


def verified(record: ImportHistory, group: Any, proposal: Proposal) -> Verified:
    """Return how many errors of a group a proposal mends, with examples. Raises BadRequest."""
    tally, errors = ProposalTally(proposal, column_of_group(record, group)), 0
    for numbers, texts in values_of_group(record.pk, group):
        counted = pc.value_counts(texts)
        tally.add(counted.field("values"), counted.field("counts").to_numpy(zero_copy_only=False))
        errors += len(numbers)
    return tally.verified(errors)


class ProposedValue(NamedTuple):
    """The value of one record."""

    record_number: int
    before: str  # the text of its error
    after: str | None  # ISO text; null for no value


def proposal_values(record: ImportHistory, group: Any, proposal: Proposal) -> Iterator[ProposedValue]:
    """Yield the value of each error of a group that the proposal mends, in the order of the file. Raises BadRequest."""
    column = column_of_group(record, group)
    for numbers, texts in values_of_group(record.pk, group):
        made = applied(proposal, texts, column)
        before, after = texts.to_pylist(), made.values.to_pylist()
        for at in np.flatnonzero(made.fits.to_numpy(zero_copy_only=False)):
            yield ProposedValue(numbers[at], before[at], after[at])
