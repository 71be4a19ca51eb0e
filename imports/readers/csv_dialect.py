"""Which delimiter a text has, and whether its first record is a header."""

from __future__ import annotations

import re
from collections import Counter

from imports.readers.csv_records import CarefulReader, Dialect, Quoting, Record

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_RECORDS = 200

NUMBER = re.compile(r"\s*[-+]?[\d.,]*\d%?(?:[eE][-+]?\d+)?\s*")
DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?")
YEAR = re.compile(r"(?:19|20)\d\d")


def choose_delimiter(sample: str, quote: str, *, final: bool) -> tuple[str, list[str]]:
    """The likeliest delimiter and the others that would give columns too, the likelier first.

    A comma where nothing divides the text: one column.
    """
    able = [delimiter for delimiter in DELIMITERS if delimiter != quote]
    scores = {delimiter: _score(sample_records(sample, Dialect(delimiter, quote), final=final), delimiter)
              for delimiter in able}  # fmt: skip
    possible = sorted((d for d in able if scores[d] > 0), key=lambda d: -scores[d])
    return (possible or able)[0], possible[1:]


def sample_records(sample: str, dialect: Dialect, *, final: bool) -> list[Record]:
    """The first records of a text, blank lines left out; the last even where the text ends within it."""
    reader = CarefulReader(dialect, sample, final=final)
    records: list[Record] = []
    while len(records) < SAMPLE_RECORDS and (record := reader.next_record()) is not None:
        if record.cells != [None]:
            records.append(record)
    if not records and not final:
        return sample_records(sample, dialect, final=True)
    return records


def _score(records: list[Record], delimiter: str) -> float:
    """How well a delimiter explains the records: the share of equal length, of tidy quotes and of undivided cells."""
    if not records:
        return 0.0
    lengths = Counter(len(record.cells) for record in records)
    length, agreeing = max(lengths.items(), key=lambda item: (item[1], item[0]))
    if length == 1:
        return 0.0
    cells = [cell for record in records for cell in record.cells if cell]
    others = [other for other in DELIMITERS if other != delimiter]
    undivided = sum(not any(other in cell for other in others) for cell in cells) / max(1, len(cells))
    tidy = sum(record.quoting is Quoting.REGULAR for record in records) / len(records)
    first = 1.0 if len(records[0].cells) == length else 0.8
    return (agreeing / len(records)) ** 2 * (0.2 + 0.8 * undivided) * tidy * first * (1 - 0.3 / length)


def has_header(records: list[Record]) -> bool:
    """Whether the first record names the columns: not if it has a number or a date where the others have them too.

    A year above numbers may be a name: it says nothing.
    """
    first, rest = records[0].cells, records[1:]
    for i, cell in enumerate(first):
        if not _is_value(cell) or YEAR.fullmatch(cell or ""):
            continue
        below = [record.cells[i] for record in rest if len(record.cells) > i and record.cells[i]]
        if below and sum(map(_is_value, below)) > 0.8 * len(below):
            return False
    return True


def _is_value(cell: str | None) -> bool:
    return bool(cell) and bool(NUMBER.fullmatch(cell or "") or DATE.fullmatch(cell or ""))
