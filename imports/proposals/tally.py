"""The values of a group, tried with each proposal. They come in parts; none is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.date_formats import date_order
from imports.inference.date_notations import formats_if_asked
from imports.proposals.apply import applied
from imports.proposals.candidates import families_of
from imports.proposals.column import ReadColumn
from imports.proposals.proposal import Proposal, ProposalKind

MAX_EXAMPLES = 10  # of each proposal: before and after
MAX_SHOWN = 100  # characters of each
MAX_FIRST = 1_000  # different values by which it is decided what to try
MAX_PROPOSALS = 4  # of a group


@dataclass(frozen=True)
class Verified:
    """A proposal with what it does to all values of its group."""

    proposal: Proposal
    mends: int  # values
    of: int
    examples: tuple[tuple[str, str | None], ...]  # the first: text of the file and value

    def as_json(self) -> dict[str, Any]:
        return {
            **self.proposal.as_json(),
            "message": str(self.proposal.message),
            "mends": self.mends,
            "of": self.of,
            "mends_all": self.mends == self.of,
            "samples": [{"before": before, "after": after} for before, after in self.examples],
        }


class ProposalTally:
    """One proposal, and how many of the values it mends."""

    def __init__(self, proposal: Proposal, column: ReadColumn) -> None:
        self.proposal = proposal
        self._column = column
        self.mends = 0
        self.examples: list[tuple[str, str | None]] = []

    def add(self, texts: pa.Array, counts: np.ndarray) -> tuple[np.ndarray, pa.Array]:
        """Count different texts that occur so often; return the mask of those that fit, and their values."""
        made = applied(self.proposal, texts, self._column)
        fits = made.fits.to_numpy(zero_copy_only=False)
        self.mends += int(counts[fits].sum())
        if (room := MAX_EXAMPLES - len(self.examples)) > 0:
            at = pa.array(np.flatnonzero(fits)[:room])
            before, after = texts.take(at).to_pylist(), made.values.take(at).to_pylist()
            self.examples += [(text[:MAX_SHOWN], value) for text, value in zip(before, after, strict=True)]
        return fits, made.values

    def verified(self, of: int) -> Verified:
        return Verified(self.proposal, self.mends, of, tuple(self.examples))


class _Family:
    """Proposals that exclude each other, and where they differ."""

    def __init__(self, proposals: Sequence[Proposal], column: ReadColumn) -> None:
        self.tallies = [ProposalTally(proposal, column) for proposal in proposals]
        size = len(proposals)
        self._alone = np.zeros((size, size), np.int64)  # values that the first fits and the second does not
        self._differ = np.zeros((size, size), np.int64)  # values that both fit, with another result

    def add(self, texts: pa.Array, counts: np.ndarray) -> None:
        made = [tally.add(texts, counts) for tally in self.tallies]
        for first, (fits, values) in enumerate(made):
            for second, (other_fits, other_values) in enumerate(made[:first]):
                self._alone[first, second] += counts[fits & ~other_fits].sum()
                self._alone[second, first] += counts[other_fits & ~fits].sum()
                unequal = pc.fill_null(pc.not_equal(values, other_values), False).to_numpy(zero_copy_only=False)
                self._differ[first, second] += counts[fits & other_fits & unequal].sum()

    def chosen(self) -> Iterator[ProposalTally]:
        """Yield those of which no other fits more, or the same with the same result.

        None where the values contradict each other: one is only in the first of two orders, one only in the second.
        """
        left = [at for at, tally in enumerate(self.tallies) if tally.mends]
        left = [at for at in left if not any(self._is_less(at, other) for other in left if other != at)]
        if any(self._contradict(first, second) for first in left for second in left if second < first):
            return
        yield from (self.tallies[at] for at in left)

    def _is_less(self, at: int, other: int) -> bool:
        """Return whether the other one is to be preferred: it fits all that this one fits, and more or first."""
        if self._alone[at, other]:
            return False
        if self._alone[other, at]:
            return True
        if self._differ[max(at, other), min(at, other)]:
            return _is_rare(self.tallies[at].proposal) and not _is_rare(self.tallies[other].proposal)
        return other < at

    def _contradict(self, first: int, second: int) -> bool:
        if not (self._alone[first, second] and self._alone[second, first]):
            return False
        one, other = (self.tallies[at].proposal.params.get("source_format", "") for at in (first, second))
        return not one or date_order(one) != date_order(other)


def _is_rare(proposal: Proposal) -> bool:
    """Return whether it is a format that is never meant where another fits: the month first, between dots."""
    return proposal.params.get("source_format") in [text for _, text in formats_if_asked()]


class GroupTally:
    """The proposals for the values of one group."""

    def __init__(self, code: str | None, column: ReadColumn) -> None:
        self._code = code
        self._column = column
        self._families: list[_Family] | None = None

    def add(self, texts: pa.Array) -> None:
        """Try the proposals on texts, without nulls."""
        counted = pc.value_counts(texts)
        different = counted.field("values")
        counts = counted.field("counts").to_numpy(zero_copy_only=False)
        if self._families is None:
            first = different[:MAX_FIRST].to_pylist()
            families = families_of(self._code, self._column, first)
            self._families = [_Family(proposals, self._column) for proposals in families]
        for family in self._families:
            family.add(different, counts)

    def verified(self, of: int) -> list[Verified]:
        """Return the proposals that mend all values, or else those that mend at least half of them, best first.

        of: how many values there are.
        """
        found = [tally.verified(of) for family in self._families or () for tally in family.chosen()]
        found = [one for one in found if 2 * one.mends >= of]
        best = [one for one in found if one.mends == of and not _empties(one)] or found
        return sorted(best, key=lambda one: (_empties(one), -one.mends))[:MAX_PROPOSALS]


def _empties(one: Verified) -> bool:
    return one.proposal.kind == ProposalKind.NULL_TOKEN
