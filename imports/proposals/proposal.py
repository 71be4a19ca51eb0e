"""A proposal: one change of the values of a group, as JSON and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices

from core.errors import BadRequest
from core.messages import Message
from imports.column_types.date_formats import FormatError
from imports.column_types.date_readings import check_source_format
from imports.column_types.numbers import READINGS
from imports.mapping.wording import format_in_words, sign
from imports.proposals import messages

MAX_REPLACEMENTS = 100
MAX_TEXT = 500  # characters of a text that a proposal names


class ProposalKind(TextChoices):
    """What a proposal changes."""

    DATE_ORDER = "date_order"  #: the same format of dates, its parts in another order
    DATE_FORMAT = "date_format"  #: another format of dates or times
    DECIMAL_MARK = "decimal_mark"  #: another decimal separator
    THOUSANDS = "thousands"  #: another thousands separator
    NULL_TOKEN = "null_token"  # noqa: S105  #: texts that mean no value
    REPLACE = "replace"  #: texts, or characters, in place of others
    TRIM = "trim"  #: without the same characters before or behind
    VALUE = "value"  #: one value for all


_DATES = (ProposalKind.DATE_ORDER, ProposalKind.DATE_FORMAT)
_NUMBERS = (ProposalKind.DECIMAL_MARK, ProposalKind.THOUSANDS)
_MARKS = {(reading.decimal, reading.thousands) for reading in READINGS}
#: The parameters that each kind has; what may be left out is in `_OPTIONAL`.
_PARAMS = {
    **dict.fromkeys(_DATES, {"source_format"}),
    **dict.fromkeys(_NUMBERS, {"decimal", "thousands"}),
    ProposalKind.NULL_TOKEN: {"tokens"},
    ProposalKind.REPLACE: {"values", "characters"},
    ProposalKind.TRIM: {"prefix", "suffix"},
    ProposalKind.VALUE: {"value"},
}
_OPTIONAL = {"values", "characters", "prefix", "suffix"}


@dataclass(frozen=True)
class Proposal:
    """One change for all values of a group."""

    kind: ProposalKind
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"kind": str(self.kind), "params": dict(self.params)}

    @property
    def message(self) -> Message:
        """Return what it does, in words."""
        params = self.params
        if self.kind in _DATES:
            return messages.READ_DATES(format=format_in_words(params["source_format"]))
        if self.kind in _NUMBERS:
            return _of_marks(params["decimal"], params["thousands"])
        if self.kind == ProposalKind.NULL_TOKEN:
            return messages.LEAVE_EMPTY(tokens=list(map(_quoted, params["tokens"])))
        if self.kind == ProposalKind.REPLACE:
            of_characters = params.get("characters")
            sentence = messages.REPLACE_CHARACTERS if of_characters else messages.REPLACE_VALUES
            pairs = (of_characters or params["values"]).items()
            return sentence(pairs=[f"{_quoted(before)} with {_quoted(after)}" for before, after in pairs])
        if self.kind == ProposalKind.TRIM:
            return _of_affixes(params.get("prefix", ""), params.get("suffix", ""))
        return messages.NO_VALUE() if params["value"] is None else messages.ONE_VALUE(value=params["value"])


def _quoted(text: str) -> str:
    return f"“{text}”"


def _of_marks(decimal: str, thousands: str) -> Message:
    if decimal == "." and thousands:
        return messages.READ_THOUSANDS(thousands=sign(thousands))
    if thousands:
        return messages.READ_MARKS(decimal=sign(decimal), thousands=sign(thousands))
    return messages.READ_DECIMALS(decimal=sign(decimal))


def _of_affixes(prefix: str, suffix: str) -> Message:
    if prefix and suffix:
        return messages.REMOVE_AROUND(prefix=prefix, suffix=suffix)
    return messages.REMOVE_BEFORE(prefix=prefix) if prefix else messages.REMOVE_BEHIND(suffix=suffix)


def proposal_of(given: Any) -> Proposal:
    """Return a proposal from JSON; its words, counts and samples are ignored. Raises BadRequest."""
    if not isinstance(given, Mapping) or given.get("kind") not in ProposalKind.values:
        raise BadRequest(messages.UNKNOWN_PROPOSAL(kinds=ProposalKind.values), parameter="proposal")
    kind, params = ProposalKind(given["kind"]), given.get("params")
    names = _PARAMS[kind]
    if not isinstance(params, Mapping) or not names - _OPTIONAL <= params.keys() <= names or not params:
        raise BadRequest(messages.PROPOSAL_PARAMS(kind=str(kind), params=sorted(names)), parameter="proposal")
    if not _is_valid(kind, params):
        raise BadRequest(messages.PROPOSAL_VALUES(kind=str(kind)), parameter="proposal")
    return Proposal(kind, dict(params))


def _is_valid(kind: ProposalKind, params: Mapping[str, Any]) -> bool:
    """Return whether the parameters are of the right type, and known formats and marks."""
    if kind in _DATES:
        return _is_format(params["source_format"])
    if kind in _NUMBERS:
        marks = params["decimal"], params["thousands"]
        return all(map(_is_text, marks)) and marks in _MARKS
    if kind == ProposalKind.NULL_TOKEN:
        tokens = params["tokens"]
        return isinstance(tokens, list) and 0 < len(tokens) <= MAX_REPLACEMENTS and all(map(_is_text, tokens))
    if kind == ProposalKind.REPLACE:
        return len(params) == 1 and all(map(_are_pairs, params.values()))
    if kind == ProposalKind.TRIM:
        return all(map(_is_text, params.values())) and any(params.values())
    return params["value"] is None or _is_text(params["value"])


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT and "\x00" not in value


def _are_pairs(pairs: Any) -> bool:
    if not isinstance(pairs, Mapping) or not 0 < len(pairs) <= MAX_REPLACEMENTS or "" in pairs:
        return False
    return all(map(_is_text, [*pairs, *pairs.values()]))


def _is_format(source_format: Any) -> bool:
    if not _is_text(source_format):
        return False
    try:
        check_source_format(source_format)
    except FormatError:
        return False
    return True
