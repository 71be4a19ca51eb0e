"""Decide between readings that fit a column equally well, or leave it to a user as a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.messages import Message
from imports.inference.best_reading import Written
from imports.inference.candidates import Candidate
from imports.inference.near_misses import NearMiss
from imports.planning.evidence import DECIDES, Evidence

#: The option of a question that is answered by the column's type.
DB_SCHEMA = "db_schema"


@dataclass(frozen=True)
class Question:
    """What only a user can know. An import that cannot ask takes the first choice, with the warning."""

    option: str  # of source_options, for the whole file; or DB_SCHEMA, for this column
    choices: tuple[Candidate, ...]  # the taken one first
    warning: Message


@dataclass(frozen=True)
class Decision:
    """How a column is read, and why."""

    taken: Candidate
    evidence: tuple[Evidence, ...] = ()  # what was weighed
    questions: tuple[Question, ...] = ()  # what it did not decide
    settled: bool = False  # whether evidence or an option decided between readings that fit equally well
    warnings: tuple[Message, ...] = ()  # what else is to be said
    misfits: int = 0  # values that are known not to fit; 0 where the type was inferred
    values: int = 0  # of which these are; 0 where they were not counted
    near_miss: NearMiss | None = None  # of a column that is text because of some values
    written: Written | None = None  # of numbers whose type was not inferred


def weigh(choices: Sequence[Candidate], evidence: Sequence[Evidence]) -> tuple[Candidate, bool]:
    """Return the choice with the most weight, the first of several, and whether that decides.

    choices: at least two, the usual one first.
    """
    weights = [sum(item.weight for item in evidence if item.supports(choice)) for choice in choices]
    best = weights.index(max(weights))
    runner_up = max(weight for at, weight in enumerate(weights) if at != best)
    return choices[best], weights[best] - runner_up >= DECIDES
