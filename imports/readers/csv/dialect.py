"""Which delimiter, quote and escape a text has: candidates, scored by the tables that they make of its beginning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from core.messages import Message
from imports.errors import InvalidMapping, UnreadableFile
from imports.readers import messages
from imports.readers.csv.careful_parser import LINE_END, CarefulReader, Record
from imports.readers.csv.dialect_score import (
    COMMON,
    RARE,
    score_of,
    score_undivided,
)
from imports.readers.csv.escapes import with_escape
from imports.readers.csv.quotes import (
    LINE_ENDS,
    double_quotes_are_text,
    needs_single_quotes,
    possible_quotes,
    single_quotes_tell,
)
from imports.readers.csv.syntax import Dialect
from imports.readers.limits import MAX_FIELDS
from imports.readers.table_detection.cells import Cells

SAMPLE_RECORDS = 200
SAMPLE_TEXT = 64 * 1024  # characters that candidates are scored on

# Half a surrogate of broken text cannot be encoded, so it divides no lines.
LONG = re.compile(r"""[^\w\s\ud800-\udfff"'.()\[\]{}+-]{2,4}|\\t| ?[,;|:~] ?""")
COMMENTS = re.compile(r"(?:#[^\r\n]*(?:\r\n|\n|\r))*+")
ALIGNED = re.compile(r"\S {2,}\S")
MIN_ALIKE = 0.6  # of the lines, to say that they look alike
MANY_COMMENTS = 50  # lines, from which they hide what comes after them
MAX_BLANK = 20_000  # blank lines of a text before and among its first records
HINT = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)


@dataclass(frozen=True)
class FoundDialect:
    dialect: Dialect
    others: list[str]  # delimiters that would give columns too, the likelier first
    warnings: list[Message]


def find_dialect(sample: str, options: Mapping[str, Any], *, final: bool) -> FoundDialect:
    """Return the dialect; `options` (delimiter, quote, escape) decide what they name. Raises InvalidMapping.

    Without evidence for anything else: one column, double quote, no escape.
    """
    settings = _settings_of(options)
    sample = sample[_begin(sample)[0] :]
    text = sample[: max(SAMPLE_TEXT, _end_of_lines(sample, 2))]
    scored = _scored(text, settings, final=final and len(text) == len(sample))
    best = scored[0][1]
    if settings.get("escape") is None and "quote" not in settings:
        best = with_escape(sample, best, final=final)
    others = list(dict.fromkeys(dialect.delimiter for score, dialect in scored if score > 0))
    others = [delimiter for delimiter in others if delimiter != best.delimiter]
    return FoundDialect(best, others, _delimiter_warnings(text, scored, best) if "delimiter" not in settings else [])


def sample_records(sample: str, dialect: Dialect, *, final: bool, width: int | None = None) -> list[Record]:
    """Return the first records of a text, blank lines left out; the last even where the text ends within it.

    Of very many comments before them only the first, undivided, and the last are there; none behind very many blank
    lines.
    """
    begin, line = _begin(sample)
    reader = CarefulReader(dialect, sample[begin:], line=line, final=final, width=width)
    records = [Record([sample[:begin].splitlines()[0]], 1)] if begin else []
    blank = 0
    while len(records) < SAMPLE_RECORDS and blank < MAX_BLANK and (record := reader.next_record()) is not None:
        if record.cells == [None]:
            blank += 1
        else:
            records.append(record)
    if not records and not final:
        return sample_records(sample, dialect, final=True, width=width)
    return records


def _begin(sample: str) -> tuple[int, int]:
    """Return where the text is worth a look, and the line: at its beginning, or at the last of very many comments."""
    comments = COMMENTS.match(sample)
    ends = [match.end() for match in LINE_END.finditer(sample, 0, comments.end() if comments else 0)]
    return (ends[-2], len(ends)) if len(ends) > MANY_COMMENTS else (0, 1)


def _end_of_lines(text: str, count: int) -> int:
    """Return where so many lines end, or the text."""
    ends = [match.end() for match in islice(LINE_END.finditer(text), count)]
    return ends[-1] if len(ends) == count else len(text)


def delimiter_hint(sample: str) -> str:
    """Return the delimiter that a first line «sep=;» names."""
    first = HINT.fullmatch(sample[: sample.find("\n") + 1] or sample[:8])
    return first[1] if first else ""


def _settings_of(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the options that set the dialect."""
    settings = {key: options[key] for key in ("delimiter", "quote", "escape") if options.get(key) is not None}
    if not settings.get("delimiter"):
        settings.pop("delimiter", None)
    for key in ("quote", "escape"):
        if len(settings.get(key, "")) > 1 or settings.get(key) in LINE_ENDS:
            raise InvalidMapping(messages.NOT_ONE_CHARACTER(name=key))
    delimiter, quote = settings.get("delimiter", ""), settings.get("quote", '"')
    if not LINE_ENDS.isdisjoint(delimiter):
        raise InvalidMapping(messages.LINE_END_IN_DELIMITER())
    if quote and quote in delimiter:
        raise InvalidMapping(messages.QUOTE_IN_DELIMITER())
    if settings.get("escape") and settings["escape"] in delimiter + quote:
        raise InvalidMapping(messages.ESCAPE_IS_OTHER_SIGN())
    return settings


def _scored(text: str, settings: Mapping[str, str], *, final: bool) -> list[tuple[float, Dialect]]:
    """Return every candidate with its score, the best first.

    Where nothing divides the text, a delimiter that it has not.
    """
    hint = delimiter_hint(text)
    delimiters = [settings["delimiter"]] if "delimiter" in settings else [hint] if hint else _delimiters(text)
    quotes = [settings["quote"]] if "quote" in settings else possible_quotes(text)
    candidates = [
        Dialect(delimiter, quote, settings.get("escape", ""))
        for delimiter, quote in product(delimiters, quotes)
        if not quote or quote not in delimiter
    ]
    if len(candidates) == 1:
        return [(1.0, candidates[0])]
    if "quote" not in settings:
        candidates = [
            dialect for dialect in candidates if dialect.quote != "'" or single_quotes_tell(text, dialect.delimiter)
        ]
    tables = _tables(text, candidates, final=final)
    possible = [pair for pair in tables if pair[1].quote or "quote" in settings or double_quotes_are_text(pair[0])]
    scores = [(score_of(records, dialect), dialect) for records, dialect in possible]
    best = sorted(scores, key=lambda pair: -pair[0])
    undivided = score_undivided(text)
    if best[0][0] > undivided or "delimiter" in settings:
        return best
    apart = next((delimiter for delimiter in COMMON if delimiter not in text and delimiter not in quotes), ",")
    return [(undivided, Dialect(apart, quotes[0], settings.get("escape", ""))), *best]


def _tables(text: str, candidates: list[Dialect], *, final: bool) -> list[tuple[list[Record], Dialect]]:
    """Return the records that each candidate gives.

    Raises UnreadableFile where a common delimiter gives too wide ones.
    """
    tables = []
    for dialect in candidates:
        records = sample_records(text, dialect, final=final)
        if not is_too_wide(records):
            tables.append((records, dialect))
        elif dialect.delimiter in COMMON:
            raise too_wide()
    return tables


def is_too_wide(records: list[Record]) -> bool:
    return any(len(record.cells) > MAX_FIELDS for record in records)


def too_wide() -> UnreadableFile:
    return UnreadableFile(messages.TOO_MANY_COLUMNS_IN_LINES(limit=MAX_FIELDS))


def _delimiters(text: str) -> list[str]:
    """Return what may divide the lines: the usual characters, and longer runs of signs that most lines have."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:40]
    runs = Counter(run for line in lines for run in _runs(line) if len(run) > 1)
    long = [run for run, count in runs.most_common(8) if count >= 0.6 * len(lines)]
    usual = [delimiter for delimiter in {**COMMON, **RARE} if delimiter in COMMON or delimiter in text]
    return [*usual, *(run for run in long if run not in "://")]


def _runs(line: str) -> set[str]:
    """Return runs of characters. A character twice leaves a column empty, unless it always occurs so or is unusual."""
    runs = {run for run in LONG.findall(line) if len(set(run)) > 1}
    always = {"\t\t"} if 2 < line.count("\t") == 2 * line.count("\t\t") else set()
    return runs | always | {sign * 2 for sign in "|:~^#*&$%" if sign * 2 in line}


def _delimiter_warnings(text: str, scored: list[tuple[float, Dialect]], best: Dialect) -> list[Message]:
    quoted = bool(best.quote) and text.startswith(best.quote)
    warnings = _hidden_columns([record.cells for record in sample_records(text, best, final=True)], quoted=quoted)
    if best.quote == "'" and not needs_single_quotes(text, best.delimiter):
        warnings.append(messages.SINGLE_QUOTES_LEFT_OUT())
    top = scored[0][0]
    close = [
        dialect.delimiter for score, dialect in scored[1:] if score > 0.9 * top and dialect.delimiter != best.delimiter
    ]
    if close:
        warnings.append(messages.AMBIGUOUS_DELIMITER(other=close[0], taken=best.delimiter))
    elif best.delimiter not in COMMON:
        warnings.append(messages.UNUSUAL_DELIMITER(delimiter=best.delimiter))
    return warnings


def _hidden_columns(rows: list[Cells], *, quoted: bool) -> list[Message]:
    """Return a warning where there is one column of values that look like whole lines of a table."""
    lines = [row[0] or "" for row in rows if len(row) == 1]
    if len(lines) < max(2, len(rows)):
        return []
    for delimiter in COMMON if quoted else ():
        counts = [len(re.findall(re.escape(delimiter) + r"(?=\S)", line)) for line in lines]
        if counts[0] and counts.count(counts[0]) > MIN_ALIKE * len(lines):
            return [messages.WHOLE_LINES_QUOTED(delimiter=delimiter)]
    if sum(ALIGNED.search(line) is not None for line in lines) > MIN_ALIKE * len(lines):
        return [messages.ALIGNED_COLUMNS()]
    return []
