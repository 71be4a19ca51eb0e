"""The errors of an import in groups with the same cause: kind of error, column and shape of the value."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.errors import WHOLE_RECORD
from imports.proposals.column import ReadColumn
from imports.proposals.shapes import shapes_of
from imports.proposals.tally import GroupTally, Verified

MAX_SHAPES = 1_000  # of all groups; later ones are grouped without their shape
MAX_PROPOSED = 50  # of the largest groups get proposals
MAX_SAMPLES = 3
MAX_WAITING = 20_000  # values of a group that are tried together
MAX_WAITING_BYTES = 64_000_000  # of all groups

#: The columns of a batch of errors, in this order.
ERRORS = pa.schema(
    [("error_type", pa.string()), ("source_field", pa.string()), ("target_field", pa.string()),
     ("error_details", pa.string()), ("own_text", pa.string()), ("source_value", pa.string()), ("id", pa.int64())]
)  # fmt: skip


class GroupKey(NamedTuple):
    """What the errors of a group share."""

    error_type: str | None
    source_field: str | None
    target_field: str | None
    details: str | None  # JSON of the message's kind
    own_text: str | None  # of an error that a caller's own code recorded
    shape: str | None  # of its values; None: of no value, or of any


@dataclass
class Group:
    """Errors with the same cause."""

    key: GroupKey
    count: int = 0
    first_ids: list[int] = field(default_factory=list)  # the smallest
    proposals: list[Verified] = field(default_factory=list)


class Summarizer:
    """Groups batches of errors, and finds what would mend each group."""

    def __init__(self, columns: Mapping[str, ReadColumn], *, with_proposals: bool = True) -> None:
        self._columns = columns if with_proposals else {}
        self._groups: dict[GroupKey, Group] = {}
        self._tallies: dict[GroupKey, GroupTally] = {}
        self._waiting: dict[GroupKey, list[pa.Array]] = {}
        self._waiting_bytes = 0
        self._shapes = 0

    def add(self, errors: pa.RecordBatch) -> None:
        """Add a batch of ERRORS."""
        values = errors.column("source_value")
        for key, at in _parted(errors):
            own = self._known(key)
            group = self._groups.setdefault(own, Group(own))
            group.count += len(at)
            ids = errors.column("id").take(at[: MAX_SAMPLES * 10]).to_pylist()
            group.first_ids = heapq.nsmallest(MAX_SAMPLES, [*group.first_ids, *ids])
            if own.shape is not None and own.target_field in self._columns:
                self._wait(own, values.take(at))

    def _known(self, key: GroupKey) -> GroupKey:
        """Return the key, without its shape where there are too many."""
        if key in self._groups or key.shape is None:
            return key
        if self._shapes >= MAX_SHAPES:
            return key._replace(shape=None)
        self._shapes += 1
        return key

    def _wait(self, key: GroupKey, texts: pa.Array) -> None:
        parts = self._waiting.setdefault(key, [])
        parts.append(texts)
        self._waiting_bytes += texts.nbytes
        if sum(map(len, parts)) >= MAX_WAITING:
            self._try(key)
        elif self._waiting_bytes >= MAX_WAITING_BYTES:
            for waiting in list(self._waiting):
                self._try(waiting)

    def _try(self, key: GroupKey) -> None:
        parts = self._waiting.pop(key, [])
        if not parts:
            return
        self._waiting_bytes -= sum(part.nbytes for part in parts)
        if key not in self._tallies:
            self._tallies[key] = GroupTally(key.error_type, self._columns[key.target_field or ""])
        self._tallies[key].add(pa.concat_arrays(parts))

    def groups(self) -> list[Group]:
        """Return the groups, the largest first."""
        ordered = sorted(self._groups.values(), key=lambda group: (-group.count, group.first_ids))
        for group in ordered[:MAX_PROPOSED]:
            self._try(group.key)
            if group.key in self._tallies:
                group.proposals = self._tallies[group.key].verified(group.count)
        return ordered


def _parted(errors: pa.RecordBatch) -> Iterator[tuple[GroupKey, pa.Array]]:
    """Yield the keys of a batch with the positions of their errors, in order."""
    parts = [
        errors.column(name) for name in ("error_type", "source_field", "target_field", "error_details", "own_text")
    ]
    parts.append(_shapes(errors))
    numbers = np.zeros(len(errors), np.int64)
    for part in parts:
        indices = pc.fill_null(part.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
        combined = numbers * (int(indices.max(initial=0)) + 1) + indices
        numbers = np.unique(combined, return_inverse=True)[1]
    order = np.argsort(numbers, kind="stable")
    borders = np.flatnonzero(np.diff(numbers[order])) + 1
    for at in np.split(order, borders) if len(order) else ():
        yield GroupKey(*(part[int(at[0])].as_py() for part in parts)), pa.array(at)


def _shapes(errors: pa.RecordBatch) -> pa.Array:
    """Return the shapes of the values; null for errors of whole records."""
    field_ = errors.column("source_field")
    has_value = pc.and_(pc.is_valid(field_), pc.not_equal(field_, WHOLE_RECORD))
    return pc.if_else(
        pc.fill_null(has_value, False), shapes_of(errors.column("source_value")), pa.scalar(None, pa.string())
    )
