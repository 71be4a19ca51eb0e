"""Which proposals to try on the values of a group: by the column's type and the first values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache

from imports.column_types.date_formats import date_order, format_pattern
from imports.column_types.named_formats import NAMED_FORMATS
from imports.column_types.numbers import READINGS
from imports.errors import ErrorCode
from imports.inference.date_notations import MAX_DATE_LENGTH, formats, formats_if_asked, layout_of
from imports.proposals.column import ReadColumn
from imports.proposals.proposal import Proposal, ProposalKind
from imports.proposals.words import NO, YES

#: Errors of values for which a change of the text may be enough.
OF_VALUES = (ErrorCode.TYPE_MISMATCH, ErrorCode.DATETIME_CONVERSION, ErrorCode.NUMBER_OVERFLOW)
EMPTY_CELLS = (ErrorCode.EXCEL_ERROR_CELL,)  # errors of cells that have no value

MAX_LOOKED_AT = 50  # of the first values, for the formats to try
MAX_TOKENS = 5  # texts that one proposal leaves empty
MAX_TOKEN_LENGTH = 40  # characters
MAX_WORDS = 20  # texts that one proposal replaces
MAX_AFFIXES = 2  # pairs of what is before and behind the values that are tried
#: Characters that are mistaken for digits.
LOOKALIKES = {"O": "0", "o": "0", "l": "1", "I": "1"} | {chr(0xFF10 + digit): str(digit) for digit in range(10)}
#: What changes a number, so that the rest is another one: <5, 12%, 3k.
_MEANS_MORE = re.compile(r"[<>≤≥±~≈%‰/*^]|\b(?:k|m|mio|mrd|bn|b|t|tsd|thousand|million|billion)\b\.?", re.IGNORECASE)
_NAMED = {"iso_8601": r".*", "rfc_2822": r"[A-Za-z0-9].*:.*", "excel_1900": r"[2-6]\d{4}(?:\.\d+)?",
          "epoch_s": r"1\d{9}(?:\.\d+)?", "epoch_ms": r"1\d{12}"}  # fmt: skip


def families_of(code: str | None, column: ReadColumn, texts: Sequence[str]) -> list[list[Proposal]]:
    """Return the proposals to try; those of one family are readings of the same text that exclude each other.

    code: of the error. texts: the first values, each once.
    """
    if column.sql_type.name == "TEXT" or code not in (*OF_VALUES, *EMPTY_CELLS):
        return []
    families = [list(_empty(texts, with_digits=code in EMPTY_CELLS or not column.sql_type.is_number))]
    if code in OF_VALUES:
        families = [*_dates(column, texts), _numbers(column), *([one] for one in _changes(column, texts)), *families]
    return [family for family in families if family]


# --- dates and numbers


def _dates(column: ReadColumn, texts: Sequence[str]) -> Iterator[list[Proposal]]:
    """Yield the formats that one of the texts is in, with all others that differ from it in the order alone."""
    tried = _formats_of(column.sql_type.name)
    words = [text.strip() for text in texts[:MAX_LOOKED_AT] if len(text) <= MAX_DATE_LENGTH]
    families = dict.fromkeys(_family_of(text) for text in tried if any(map(_compiled(text).fullmatch, words)))
    for family in families:
        same = [text for text in tried if _family_of(text) == family and text not in column.reading.formats]
        yield [_dated(text, column) for text in same]
    for name, pattern in _NAMED.items():
        is_possible = column.sql_type.name in NAMED_FORMATS[name].types and name not in column.reading.formats
        if is_possible and any(re.fullmatch(pattern, word) for word in words):
            yield [_dated(name, column)]


def _family_of(source_format: str) -> str:
    """Return the format with what may be another part of the day in its place, or another spelling of the month."""
    return layout_of(source_format).replace("%B", "%b")


@lru_cache(maxsize=512)
def _compiled(source_format: str) -> re.Pattern[str]:
    return re.compile(format_pattern(source_format))


@lru_cache(maxsize=16)
def _formats_of(type_name: str) -> tuple[str, ...]:
    """Return the formats of a type, commonest first; of days too where they are moments at midnight."""
    types = ("DATE", "TIMESTAMP") if type_name == "TIMESTAMP" else (type_name,)
    known = [(type_.name, text) for type_, text in (*formats(), *formats_if_asked())]
    return tuple(dict.fromkeys(text for name in types for known_name, text in known if known_name == name))


def _dated(source_format: str, column: ReadColumn) -> Proposal:
    own = column.reading.source_format
    is_reordered = bool(own) and date_order(source_format) and layout_of(own) == layout_of(source_format)
    kind = ProposalKind.DATE_ORDER if is_reordered else ProposalKind.DATE_FORMAT
    return Proposal(kind, {"source_format": source_format})


def _numbers(column: ReadColumn) -> list[Proposal]:
    if not column.sql_type.is_number:
        return []
    own = column.reading
    return [
        Proposal(
            ProposalKind.THOUSANDS if reading.decimal == own.decimal else ProposalKind.DECIMAL_MARK,
            {"decimal": reading.decimal, "thousands": reading.thousands},
        )
        for reading in READINGS
        if (reading.decimal, reading.thousands) != (own.decimal, own.thousands)
    ]


# --- changes of the text


def _changes(column: ReadColumn, texts: Sequence[str]) -> Iterator[Proposal]:
    if column.sql_type.name == "BOOLEAN":
        yield from _words(texts)
    if column.sql_type.name in ("JSONB", "UUID"):
        return
    yield from (Proposal(ProposalKind.TRIM, _affix_params(*pair)) for pair in _affixes(column, texts))
    confused = [char for char in LOOKALIKES if any(char in text for text in texts)]
    if confused and column.sql_type.name != "BOOLEAN":
        yield Proposal(ProposalKind.REPLACE, {"characters": {char: LOOKALIKES[char] for char in confused}})


def _words(texts: Sequence[str]) -> Iterator[Proposal]:
    """Yield the replacement of words of other languages for yes and no."""
    pairs = {text.strip(): _truth_of(text.strip().lower()) for text in texts}
    known = {word: truth for word, truth in pairs.items() if truth}
    if known and len(known) <= MAX_WORDS:
        yield Proposal(ProposalKind.REPLACE, {"values": known})


def _truth_of(word: str) -> str:
    return "true" if word in YES else "false" if word in NO else ""


def _affixes(column: ReadColumn, texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return the commonest pairs of what is before and behind the values."""
    own = r"A-Za-z0-9" if column.sql_type.name == "BOOLEAN" else r"0-9"
    pairs = Counter[tuple[str, str]]()
    for text in texts:
        found = re.fullmatch(rf"([^{own}]*)([{own}].*[{own}]|[{own}])([^{own}]*)", text.strip(), re.DOTALL)
        if found:
            pairs[found[1].rstrip("-+(.−"), found[3]] += 1
    return [pair for pair, _ in pairs.most_common(MAX_AFFIXES) if any(pair) and not _MEANS_MORE.search(" ".join(pair))]


def _affix_params(prefix: str, suffix: str) -> dict[str, str]:
    return {name: text for name, text in (("prefix", prefix), ("suffix", suffix)) if text}


def _empty(texts: Collection[str], *, with_digits: bool) -> Iterator[Proposal]:
    """Yield that the texts mean no value, where there are a few. with_digits: whether 0 and 9 may be in them."""
    tokens = list(dict.fromkeys(text.strip() for text in texts))
    pattern = r"[^1-8]*" if with_digits else r"[^0-9]*"
    are_words = all(len(token) <= MAX_TOKEN_LENGTH and re.fullmatch(pattern, token) for token in tokens)
    if tokens and len(tokens) <= MAX_TOKENS and are_words:
        yield Proposal(ProposalKind.NULL_TOKEN, {"tokens": tokens})
