"""Header -> safe unique identifier; the mapping keeps the original.

NFKC, lower case, what is not a letter or digit becomes `_`, a leading digit gets `c_`, too long is cut with a short
hash, equal names get `_2`, `_3`. A name is cut before anything else is done with it: NFKC takes the square of its
length.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import PurePath

LONGEST_COLUMN = 63  # bytes, as PostgreSQL has it
LONGEST_TABLE = 49  # bytes: `idx_{table}_import_id` must fit 63
MOST_READ = 1000  # characters of a name that are looked at; what is longer is told apart by its hash
MOST_COMPARED = 80  # characters of a name that are compared with others
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "oid"})
COMPRESSED = (".gz", ".bz2", ".zip", ".zst")


def column_names(headers: Iterable[str]) -> list[str]:
    """One safe name a header, all different, in order."""
    taken: set[str] = set()
    names = []
    for position, header in enumerate(headers, start=1):
        name = _unique(_safe_column(header) or f"column_{position}", taken)
        taken.add(name)
        names.append(name)
    return names


def source_names(headers: Sequence[str]) -> list[str]:
    """What names each column of a file in a mapping: its header, or its safe name where the header is not unique."""
    count = Counter(headers)
    return [
        header if header and count[header] == 1 else safe
        for header, safe in zip(headers, column_names(headers), strict=True)
    ]


def column_position(name: str, headers: Sequence[str]) -> int | None:
    """Where the column stands, from 0: the first header that is spelt so, else the one whose safe name it is."""
    if name in headers:
        return headers.index(name)
    safe = column_names(headers)
    return safe.index(name) if name in safe else None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant; None where no name is near."""
    near = difflib.get_close_matches(name[:MOST_COMPARED], [one[:MOST_COMPARED] for one in known], n=1)
    return near[0] if near else None


def table_name_of(file_name: str) -> str:
    """Table name from a file name: `Q3 Report.csv.gz` -> `q3_report`."""
    stem = PurePath(file_name.replace("\\", "/")).name
    if stem.lower().endswith(COMPRESSED):
        stem = stem.rpartition(".")[0]
    return safe_table(stem.rpartition(".")[0] or stem)


def safe_table(name: str) -> str:
    """The name a table will have: a name that was asked for, made safe like a header."""
    if len(name) > MOST_READ:
        return _beginning(name, "data", LONGEST_TABLE)
    return _cut(_plain(name) or "data", LONGEST_TABLE)


def _safe_column(header: str) -> str:
    header = header.strip()
    if len(header) > MOST_READ:
        return _beginning(header, "column", LONGEST_COLUMN)
    return _safe_short_column(header)


@lru_cache(4096)  # more than a table has columns; the headers of a file are asked for again and again
def _safe_short_column(header: str) -> str:
    name = _plain(header)
    if name == "id" or name in SYSTEM_COLUMNS:
        name = f"source_{name}"
    return _cut(name, LONGEST_COLUMN)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    name = "".join(letter if letter.isalnum() else "_" for letter in folded).lstrip("_")
    return f"c_{name}" if name[:1].isdigit() else name


def _beginning(text: str, otherwise: str, most: int) -> str:
    """A safe name of the beginning of a long text, with a hash of the whole. otherwise: where nothing is left of it."""
    return _marked(_plain(text[:MOST_READ]) or otherwise, text.encode(errors="surrogatepass"), most)


def _cut(name: str, most: int) -> str:
    encoded = name.encode()
    return name if len(encoded) <= most else _marked(name, encoded, most)


def _marked(name: str, whole: bytes, most: int) -> str:
    mark = hashlib.sha256(whole).hexdigest()[:8]
    return f"{name.encode()[: most - 9].decode(errors='ignore')}_{mark}"


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        ending = f"_{number}"
        room = LONGEST_COLUMN - len(ending)
        candidate = name.encode()[:room].decode(errors="ignore") + ending
    return candidate


def header_hash(header: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(header)).encode()).hexdigest()
