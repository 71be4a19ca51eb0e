"""Which delimiter, quote and escape a text has: candidates, scored by the tables that they make of its beginning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, product
from math import log2
from typing import Any

from imports.errors import InvalidMapping
from imports.readers.csv_cells import is_amount, kind_of
from imports.readers.csv_records import LINE_END, CarefulReader, Quoting, Record
from imports.readers.csv_syntax import Cells, Dialect

SAMPLE_RECORDS = 200
SAMPLE_TEXT = 64 * 1024  # characters that candidates are scored on

COMMON = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0}
#: Delimiters that stand in ordinary values too: they need a table that leaves no doubt.
RARE = {" ": 0.8, ":": 0.7, "~": 0.8, "^": 0.8, "#": 0.6, "*": 0.6, "!": 0.6, "&": 0.6, "=": 0.6, "¦": 0.8, "§": 0.8,
        "\x1c": 0.9, "\x1d": 0.9, "\x1e": 0.9, "\x1f": 0.9}  # fmt: skip
LONG = re.compile(r"""[^\w\s"'.()\[\]{}+-]{2,4}|\\t| ?[,;|:~] ?""")
UNPAIRED = 3  # cells that begin with a quote and do not end with it, from which quotes are ordinary text
HINT = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
LINE_ENDS = frozenset("\r\n")


@dataclass(frozen=True)
class FoundDialect:
    dialect: Dialect
    others: list[str]  # delimiters that would give columns too, the likelier first
    warnings: list[str]


def find_dialect(sample: str, options: Mapping[str, Any], *, final: bool) -> FoundDialect:
    """The dialect; what `options` say of it (delimiter, quote, escape) stands. Raises InvalidMapping.

    Without evidence for anything else: one column, double quote, no escape.
    """
    asked = _asked(options)
    text = sample[: max(SAMPLE_TEXT, _end_of_lines(sample, 2))]
    scored = _scored(text, asked, final=final and len(text) == len(sample))
    best = scored[0][1]
    if asked.get("escape") is None and "quote" not in asked:
        best = _with_escape(sample, best)
    others = list(dict.fromkeys(dialect.delimiter for score, dialect in scored if score > 0))
    others = [delimiter for delimiter in others if delimiter != best.delimiter]
    return FoundDialect(best, others, _doubts(scored, best) if "delimiter" not in asked else [])


def sample_records(sample: str, dialect: Dialect, *, final: bool, width: int | None = None) -> list[Record]:
    """The first records of a text, blank lines left out; the last even where the text ends within it."""
    reader = CarefulReader(dialect, sample, final=final, width=width)
    records: list[Record] = []
    while len(records) < SAMPLE_RECORDS and (record := reader.next_record()) is not None:
        if record.cells != [None]:
            records.append(record)
    if not records and not final:
        return sample_records(sample, dialect, final=True, width=width)
    return records


def _end_of_lines(text: str, count: int) -> int:
    """Where so many lines end, or the text."""
    ends = [match.end() for match in islice(LINE_END.finditer(text), count)]
    return ends[-1] if len(ends) == count else len(text)


def delimiter_hint(sample: str) -> str:
    """The delimiter that a first line «sep=;» names."""
    first = HINT.fullmatch(sample[: sample.find("\n") + 1] or sample[:8])
    return first[1] if first else ""


def _asked(options: Mapping[str, Any]) -> dict[str, str]:
    """What somebody said about the dialect."""
    asked = {key: options[key] for key in ("delimiter", "quote", "escape") if options.get(key) is not None}
    if not asked.get("delimiter"):
        asked.pop("delimiter", None)
    for key in ("quote", "escape"):
        if len(asked.get(key, "")) > 1 or asked.get(key) in LINE_ENDS:
            raise InvalidMapping(f"The {key} must be one character, or empty where there is none.")
    delimiter, quote = asked.get("delimiter", ""), asked.get("quote", '"')
    if not LINE_ENDS.isdisjoint(delimiter):
        raise InvalidMapping("The delimiter must not hold a line end: that is where records end.")
    if quote and quote in delimiter:
        raise InvalidMapping("The delimiter must not hold the quote. Choose another quote, or an empty one.")
    if asked.get("escape") and asked["escape"] in delimiter + quote:
        raise InvalidMapping("The escape must not be the quote or in the delimiter. Choose another one.")
    return asked


def _scored(text: str, asked: Mapping[str, str], *, final: bool) -> list[tuple[float, Dialect]]:
    """Every candidate with its score, the best first; where nothing divides the text, a delimiter that it has not."""
    hint = delimiter_hint(text)
    delimiters = [asked["delimiter"]] if "delimiter" in asked else [hint] if hint else _delimiters(text)
    quotes = [asked["quote"]] if "quote" in asked else _quotes(text)
    candidates = [
        Dialect(delimiter, quote, asked.get("escape", ""))
        for delimiter, quote in product(delimiters, quotes)
        if not quote or quote not in delimiter
    ]
    if len(candidates) == 1:
        return [(1.0, candidates[0])]
    tables = [(sample_records(text, one, final=final), one) for one in candidates]
    possible = [one for one in tables if one[1].quote or "quote" in asked or _quotes_are_text(one[0])]
    scores = [(_score(records, one), one) for records, one in possible]
    best = sorted(scores, key=lambda found: -found[0])
    undivided = _undivided(text)
    if best[0][0] > undivided or "delimiter" in asked:
        return best
    apart = next((one for one in COMMON if one not in text and one not in quotes), ",")
    return [(undivided, Dialect(apart, quotes[0], asked.get("escape", ""))), *best]


def _delimiters(text: str) -> list[str]:
    """What may divide the lines: the usual characters, and longer runs of signs that most lines have."""
    lines = [line for line in text[:20_000].splitlines() if line.strip()][:40]
    runs = Counter(run for line in lines for run in _runs(line) if len(run) > 1)
    long = [run for run, count in runs.most_common(8) if count >= 0.6 * len(lines)]
    usual = [one for one in {**COMMON, **RARE} if one in COMMON or one in text]
    return [*usual, *(run for run in long if run not in "://")]


def _runs(line: str) -> set[str]:
    """Runs of signs. The same sign twice leaves a column empty, unless it always stands so or is an unusual one."""
    runs = {run for run in LONG.findall(line) if len(set(run)) > 1}
    always = {sign * 2 for sign in ",;\t" if 2 < line.count(sign) == 2 * line.count(sign * 2)}
    return runs | always | {sign * 2 for sign in "|:~^#*&$%" if sign * 2 in line}


def _quotes(text: str) -> list[str]:
    found = ['"']
    if text.count("'") > 1:
        found.append("'")
    return [*found, ""] if '"' in text else found


def _score(records: list[Record], dialect: Dialect) -> float:
    """How well a dialect explains the records: by equal lengths, values that look like some, and tidy quotes."""
    rows = [record.cells for record in records]
    width = regular_width(rows)
    if width == 1:
        return 0.0
    fitting = [i for i, row in enumerate(rows) if len(row) == width]
    inside = len(fitting) / (fitting[-1] - fitting[0] + 1)
    agreeing = inside * (len(fitting) / len(rows)) ** 0.5
    tidy = sum(record.quoting is Quoting.REGULAR for record in records) / len(records)
    first = 1.0 if len(rows[0]) == width else 0.9
    prior = COMMON.get(dialect.delimiter) or RARE.get(dialect.delimiter, 1.0)
    table = [rows[i] for i in fitting]
    if dialect.delimiter not in COMMON and not _leaves_no_doubt(table, agreeing):
        return 0.0
    quoting = {'"': 1.0, "'": 0.98}.get(dialect.quote, 0.96)
    likely = _likelihood(table, dialect)
    return agreeing**2 * (0.1 + 0.9 * likely) * (0.5 + 0.5 * tidy) * first * (1 - 0.3 / width) * prior * quoting


def regular_width(rows: list[Cells]) -> int:
    """The length of the table's records: of those that are many and long."""
    lengths = Counter(map(len, rows))
    weights = {length: count * log2(length + 0.2) for length, count in lengths.items() if length > 1}
    if not weights or lengths[1] > 0.9 * len(rows):
        return 1
    return max(weights, key=lambda length: (weights[length], length))


def _quotes_are_text(records: list[Record]) -> bool:
    """Whether several cells begin with a double quote, and more so than end with it, too."""
    opened = [cell for record in records for cell in record.cells if cell and cell.startswith('"')]
    closed = sum(len(cell) > 1 and cell.endswith('"') for cell in opened)
    return len(opened) - closed >= UNPAIRED and closed < len(opened) / 2


def _leaves_no_doubt(table: list[Cells], agreeing: float) -> bool:
    """Whether a table with a rare delimiter agrees, and has a column of numbers or dates or three of anything."""
    if agreeing < 0.8:
        return False
    columns = list(zip(*table, strict=True))
    empty = sum(not any(column) for column in columns)
    telling = any(_tells(column[1:] or column) for column in columns)
    return empty <= len(columns) / 3 and (telling or (len(columns) >= 3 and len(table) >= 3))


def _tells(column: tuple[str | None, ...]) -> bool:
    values = [cell for cell in column if cell]
    return len(values) > 0.5 * len(column) and sum(kind_of(cell) is not None for cell in values) >= 0.8 * len(values)


def _likelihood(table: list[Cells], dialect: Dialect) -> float:
    """The mean of what the cells look like, from 0 to 1; a column without a letter or digit is hardly one."""
    columns = list(zip(*table, strict=True))
    worth = [
        sum(_worth(cell, dialect.delimiter) for cell in column) / len(column) if any(map(_says, column)) else 0.3
        for column in columns
    ]
    return sum(worth) / len(worth)


def _says(cell: str | None) -> bool:
    return cell is not None and any(map(str.isalnum, cell))


@lru_cache(20_000)
def _worth(cell: str | None, delimiter: str) -> float:
    """How much a cell looks like one value: less where other delimiters or quotes are left in it."""
    if not cell or kind_of(cell) is not None:
        return 1.0 if cell == (cell or "").strip() or cell is None else 0.9
    stripped = cell.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
        return 0.0
    if stripped[:1] == '"' or stripped[-1:] == '"' and stripped.count('"') % 2:
        return 0.3
    if any(other in cell for other in ";\t|" if other != delimiter) and "://" not in cell:
        return 0.2
    if "," in cell and "://" not in cell:
        return 0.7 if cell.count(", ") == cell.count(",") else 0.3
    return 1.0 if stripped == cell else 0.9


def _undivided(text: str) -> float:
    """The score of one column: high where every line is one value of a kind."""
    lines = [line for line in text.splitlines() if line.strip()][:SAMPLE_RECORDS]
    if not lines:
        return 0.0
    rest = lines[1:] or lines
    strict = sum(is_amount(line) or kind_of(line) is not None for line in rest) / len(rest)
    named = not any(delimiter in lines[0] for delimiter in COMMON)
    loose = sum(_worth(line, "") for line in lines) / len(lines)
    if not named:
        return 0.15 * loose
    return 0.9 * strict if strict > 0.9 else 0.3 * loose


def _with_escape(sample: str, dialect: Dialect) -> Dialect:
    """The dialect with a backslash as escape where that makes better records of the lines around the first one."""
    signs = [sign for sign in (dialect.quote, dialect.delimiter) if sign]
    places = [at for sign in signs if (at := sample.find("\\" + sign)) >= 0]
    if not places:
        return dialect
    begin = sample.rfind("\n", 0, max(0, min(places) - 2_000)) + 1
    text = sample[begin : begin + SAMPLE_TEXT]
    escaping = replace(dialect, escape="\\")
    return max((dialect, escaping), key=lambda one: _score(sample_records(text, one, final=True), one))


def _doubts(scored: list[tuple[float, Dialect]], best: Dialect) -> list[str]:
    said = []
    if best.delimiter not in COMMON:
        said.append(f"The columns are divided by {best.delimiter!r}; if that is wrong, choose another delimiter.")
    top = scored[0][0]
    close = [one.delimiter for score, one in scored[1:] if score > 0.9 * top and one.delimiter != best.delimiter]
    if close:
        said.append(
            f"The delimiter could also be {close[0]!r}; {best.delimiter!r} was taken, which gives the tidier table."
        )
    return said
