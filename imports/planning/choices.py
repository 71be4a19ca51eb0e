"""Readings that fit a column equally well: in what they differ, and the warning where nothing decides."""

from __future__ import annotations

from collections.abc import Sequence

from core.messages import Message
from imports.column_types.date_formats import date_order
from imports.inference.candidates import Candidate
from imports.planning import messages
from imports.planning.evidence import DECIMAL


def one_per_value(option: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the first candidate of each date order or decimal separator."""
    by_value: dict[str, Candidate] = {}
    for candidate in candidates:
        reading = candidate.reading
        value = reading.decimal if option == DECIMAL else date_order(reading.source_format)
        by_value.setdefault(value, candidate)
    return list(by_value.values())


def ambiguous_mark(choices: Sequence[Candidate]) -> str:
    """Return the mark that separates decimals in one of the readings and thousands in the other."""
    first, second = (choice.reading for choice in choices[:2])
    return second.decimal if first.thousands == second.decimal else first.decimal


def ambiguity(name: str, choices: Sequence[Candidate]) -> Message:
    """Return the warning about what only a user can know. choices: the taken one first."""
    taken = choices[0].reading
    if taken.source_format:
        orders = [date_order(choice.reading.source_format) for choice in choices]
        return messages.AMBIGUOUS_DATE_ORDER(column=name, taken=orders[0], others=orders[1:])
    sentence = messages.AMBIGUOUS_COMMA if ambiguous_mark(choices) == "," else messages.AMBIGUOUS_POINT
    return sentence(column=name, taken=taken.decimal)
