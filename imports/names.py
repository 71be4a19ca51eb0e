"""Header -> safe unique identifier; the mapping keeps the original.

NFKC, lower case, what is not a letter or digit becomes `_`, a leading digit gets `c_`, too long is cut with a short
hash, equal names get `_2`, `_3`.
"""

from __future__ import annotations

import difflib
import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import PurePath

LONGEST_COLUMN = 63  # bytes, as PostgreSQL has it
LONGEST_TABLE = 49  # bytes: `idx_{table}_import_id` must fit 63
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
    return [
        header if header and headers.count(header) == 1 else safe
        for header, safe in zip(headers, column_names(headers), strict=True)
    ]


def column_position(name: str, headers: Sequence[str]) -> int | None:
    """Where the column stands, from 0: the first header that is spelt so, else the one whose safe name it is."""
    if name in headers:
        return headers.index(name)
    safe = column_names(headers)
    return safe.index(name) if name in safe else None


def nearest(name: str, known: Iterable[str]) -> str:
    """« Did you mean 'Age'?», or nothing where no name is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def table_name_of(file_name: str) -> str:
    """Table name from a file name: `Q3 Report.csv.gz` -> `q3_report`."""
    stem = PurePath(file_name.replace("\\", "/")).name
    if stem.lower().endswith(COMPRESSED):
        stem = stem.rpartition(".")[0]
    return safe_table(stem.rpartition(".")[0] or stem)


def safe_table(name: str) -> str:
    """The name a table will have: a name that was asked for, made safe like a header."""
    return _cut(_plain(name) or "data", LONGEST_TABLE)


def _safe_column(header: str) -> str:
    name = _plain(header.strip())
    if name == "id" or name in SYSTEM_COLUMNS:
        name = f"source_{name}"
    return _cut(name, LONGEST_COLUMN)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    name = "".join(letter if letter.isalnum() else "_" for letter in folded).lstrip("_")
    return f"c_{name}" if name[:1].isdigit() else name


def _cut(name: str, most: int) -> str:
    encoded = name.encode()
    if len(encoded) <= most:
        return name
    mark = hashlib.sha256(encoded).hexdigest()[:8]
    return f"{encoded[: most - 9].decode(errors='ignore')}_{mark}"


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        ending = f"_{number}"
        room = LONGEST_COLUMN - len(ending)
        candidate = name.encode()[:room].decode(errors="ignore") + ending
    return candidate
