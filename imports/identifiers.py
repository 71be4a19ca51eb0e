"""Header -> safe unique identifier; the mapping keeps the original.

NFKC, lower case, a run of what is not a letter or digit becomes one `_`, none at the ends, a leading digit gets `c_`,
too long is cut with a short hash, equal names get `_2`, `_3`. A name that a user asked for keeps the underscores it
has. A name is cut before anything else is done with it: NFKC takes the square of its length. No function takes the
square of the number of names.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import PurePath

MAX_COLUMN_NAME_BYTES = 63  # bytes, as PostgreSQL has it
MAX_TABLE_NAME_BYTES = 49  # bytes: `idx_{table}_import_id` must fit 63
MAX_NAME_LENGTH = 300  # characters of any name; what is longer is told apart by its hash
MAX_COMPARED = 80  # characters of a name that are compared with others
MAX_CANDIDATES = 1_600  # names with which one is compared: as many as a table has
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "oid"})
COMPRESSED = (".gz", ".bz2", ".zip", ".zst")


@dataclass(frozen=True)
class Spelling:
    """What a column of a file is known by: its header, and which it is of those that are spelled alike."""

    text: str  # the header; empty: it has none
    occurrence: int = 1  # from 1, in the order of the file
    of: int = 1  # how many are spelled alike; numbered columns count as one group

    @property
    def is_unique(self) -> bool:
        """Whether the header alone tells the column from the others of its file."""
        return self.of == 1 and bool(self.text)


def spelled(headers: Sequence[str]) -> list[Spelling]:
    """Return the spelling of each header of a file."""
    if list(headers) == [f"column_{number}" for number in range(1, len(headers) + 1)]:
        return [Spelling(header, number, len(headers)) for number, header in enumerate(headers, start=1)]
    texts = [header if header.strip() else "" for header in headers]
    times, so_far = Counter(texts), Counter[str]()
    spellings = []
    for text in texts:
        so_far[text] += 1
        spellings.append(Spelling(text, so_far[text], times[text]))
    return spellings


def cut_name(name: str) -> str:
    """Return a name of a file (a header, a key, an element), cut with a hash of the whole where it is long."""
    if len(name) <= MAX_NAME_LENGTH:
        return name
    return f"{name[: MAX_NAME_LENGTH - 9]}_{_mark(name.encode(errors='surrogatepass'))}"


def cut_header(headers: Iterable[str]) -> list[str]:
    """Return a stored header as files are read now: versions before December 2026 kept long names whole."""
    return list(map(cut_name, headers))


def column_names(headers: Iterable[str]) -> list[str]:
    """Return one safe name a header, all different, in order."""
    names = UniqueNames()
    return [names.add(safe_column(header) or f"column_{position}") for position, header in enumerate(headers, start=1)]


def source_names(headers: Sequence[str]) -> list[str]:
    """Return the name of each column of a file in a mapping: its header; its safe name if the header is not unique,
    or one like it if another column has that as its header."""
    times, first = Counter(headers), _first_positions(headers)
    safe_names = column_names(headers)
    others = UniqueNames({*headers, *safe_names})
    names = []
    for position, (header, safe) in enumerate(zip(headers, safe_names, strict=True)):
        if header and times[header] == 1:
            names.append(header)
        elif first.get(safe, position) == position:
            names.append(safe)
        else:
            names.append(others.add(safe))
    return names


def _first_positions(names: Iterable[str]) -> dict[str, int]:
    """Return where each name is first, from 0."""
    positions: dict[str, int] = {}
    for position, name in enumerate(names):
        positions.setdefault(name, position)
    return positions


class ColumnPositions:
    """Where the columns of a header are, from 0: by their spelling, else by what a mapping calls them."""

    def __init__(self, headers: Sequence[str]) -> None:
        self._headers = [cut_name(header) for header in headers]
        self._by_header = _first_positions(self._headers)

    @cached_property
    def _by_name(self) -> dict[str, int]:  # made where a name is no header, which is rare
        return _first_positions(column_names(self._headers)) | _first_positions(source_names(self._headers))

    def of(self, name: str) -> int | None:
        """Return the first header with that spelling, else the column that is called so; None where none is."""
        name = cut_name(name)
        return self._by_header[name] if name in self._by_header else self._by_name.get(name)

    def add(self, header: str) -> int:
        """Return the position of the first column with this header, a new one where none has it."""
        header = cut_name(header)
        if header not in self._by_header:
            self._by_header[header] = len(self._headers)
            self._headers.append(header)
            self.__dict__.pop("_by_name", None)
        return self._by_header[header]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant; None where no name is near."""
    candidates = [candidate[:MAX_COMPARED] for candidate in islice(known, MAX_CANDIDATES)]
    matches = difflib.get_close_matches(name[:MAX_COMPARED], candidates, n=1)
    return matches[0] if matches else None


def table_name_of(file_name: str) -> str:
    """Return the table name for a file name: `Q3 Report.csv.gz` -> `q3_report`."""
    stem = stem_of(file_name)
    if len(stem) > MAX_NAME_LENGTH:
        return _beginning(stem, "data", MAX_TABLE_NAME_BYTES)
    return _cut(_plain(stem) or "data", MAX_TABLE_NAME_BYTES)


def stem_of(file_name: str) -> str:
    """Return the name of a file without its folders and endings: `a/Q3 Report.csv.gz` -> `Q3 Report`."""
    stem = PurePath(file_name.replace("\\", "/")).name
    if stem.lower().endswith(COMPRESSED):
        stem = stem.rpartition(".")[0]
    return stem.rpartition(".")[0] or stem


def former_name(name: str) -> str:
    """Return the table name of versions before 30 November 2026: each other character became a `_` of its own."""
    letters = "".join(letter if letter.isalnum() else "_" for letter in _folded(name[:MAX_NAME_LENGTH])).lstrip("_")
    former = _with_leading_letter(letters) or "data"
    encoded, is_cut = former.encode(), len(name) > MAX_NAME_LENGTH
    if not is_cut and len(encoded) <= MAX_TABLE_NAME_BYTES:
        return former
    mark = _mark(name.encode(errors="surrogatepass") if is_cut else encoded)
    return f"{_first_bytes(former, MAX_TABLE_NAME_BYTES - 9)}_{mark}"


def safe_table(name: str) -> str:
    """Return the name a table will have: a name that was asked for, made safe like a header."""
    if len(name) > MAX_NAME_LENGTH:
        return _beginning(name, "data", MAX_TABLE_NAME_BYTES)
    return _cut(_requested_name(name) or "data", MAX_TABLE_NAME_BYTES)


def safe_target(name: str) -> str:
    """Return the name of a requested column: made safe like a header, but an identifier stays unchanged."""
    return safe_column(name, _requested_name)


def only_columns_by_name(existing: Iterable[str]) -> dict[str, str]:
    """Return the existing columns by their names made safe again, as after the former rule; where it is of one only."""
    names = {column: safe_column(column) for column in existing}
    times = Counter(names.values())
    return {name: column for column, name in names.items() if times[name] == 1}


def folded(header: str) -> str:
    """Return the header without what people write now one way, now another: case, width and spaces, also invisible
    ones."""
    if len(header) > MAX_NAME_LENGTH:
        return header
    header = "".join(letter for letter in header if unicodedata.category(letter) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", header).casefold()).split())


def _plain(text: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in _folded(text)).split(" ")
    return _with_leading_letter("_".join(filter(None, words)))


def _requested_name(text: str) -> str:
    """Return an identifier as it is, anything else made plain."""
    folded = _folded(text)
    is_identifier = all(letter.isalnum() or letter == "_" for letter in folded)
    return _with_leading_letter(folded.lstrip("_")) if is_identifier else _plain(text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())


def _with_leading_letter(name: str) -> str:
    return f"c_{name}" if name[:1].isdigit() else name


def safe_column(header: str, plain: Callable[[str], str] = _plain) -> str:
    """Return the name of a header, which other headers may have too; empty if nothing of it can be in a name."""
    header = header.strip()
    if len(header) > MAX_NAME_LENGTH:
        return _beginning(header, "column", MAX_COLUMN_NAME_BYTES)
    return _safe_short_column(header, plain)


@lru_cache(4096)  # more than a table has columns; the headers of a file are asked for again and again
def _safe_short_column(header: str, plain: Callable[[str], str]) -> str:
    name = plain(header)
    if name == "id" or name in SYSTEM_COLUMNS:
        name = f"source_{name}"
    return _cut(name, MAX_COLUMN_NAME_BYTES)


def _beginning(text: str, default: str, max_bytes: int) -> str:
    """Return a safe name of the beginning of a long text, with a hash of the whole. default: where nothing is left."""
    return _marked(_plain(text[:MAX_NAME_LENGTH]) or default, text.encode(errors="surrogatepass"), max_bytes)


def _cut(name: str, max_bytes: int) -> str:
    encoded = name.encode()
    return name if len(encoded) <= max_bytes else _marked(name, encoded, max_bytes)


def _marked(name: str, whole: bytes, max_bytes: int) -> str:
    return f"{_beginning_of(name, max_bytes - 9)}_{_mark(whole)}"


def _mark(whole: bytes) -> str:
    return hashlib.sha256(whole).hexdigest()[:8]


def _beginning_of(name: str, max_bytes: int) -> str:
    """Return the first bytes of a name, without the `_` that would end them: what is added begins with one."""
    return _first_bytes(name, max_bytes).rstrip("_")


def _first_bytes(name: str, max_bytes: int) -> str:
    return name.encode()[:max_bytes].decode(errors="ignore")


class UniqueNames:
    """Names that are all different: where one is taken it becomes the first of `name_2`, `name_3` that is not.

    What was tried is remembered, because a taken name stays taken: the cost grows with the number of names alone.
    """

    def __init__(self, taken: Iterable[str] = (), *, max_bytes: int = MAX_COLUMN_NAME_BYTES) -> None:
        self._taken = set(taken)
        self._max_bytes = max_bytes
        self._tried: dict[tuple[str, int], int] = {}  # what is before a number, and its digits -> the last one tried

    def add(self, name: str) -> str:
        """Return the name as it is unique; from now on it is taken."""
        unique = self._numbered(name) if name in self._taken else name
        self._taken.add(unique)
        return unique

    def _numbered(self, name: str) -> str:
        digits = 1
        while True:
            # Long names that differ in their ends alone have one beginning, and so one row of numbers.
            beginning = _beginning_of(name, self._max_bytes - 1 - digits)
            tried = self._tried.get((beginning, digits), max(1, 10 ** (digits - 1) - 1))
            for number in range(tried + 1, 10**digits):
                self._tried[beginning, digits] = number
                if f"{beginning}_{number}" not in self._taken:
                    return f"{beginning}_{number}"
            digits += 1


def header_hash(header: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(header)).encode()).hexdigest()
