"""How short PostgreSQL makes a text by compressing it: only whether it comes to a few bytes.

As src/common/pg_lzcompress.c does it, whose constants these are.
"""

from __future__ import annotations

from collections import defaultdict

MIN_INPUT = 32  # bytes of a value that is compressed at all
_MAX_MATCH_LENGTH, _FARTHEST = 273, 0x0FFF
_MAX_SHORT_MATCH_LENGTH = 17  # a longer one has a third byte
_ITEMS_OF_CONTROL = 8  # literals and matches that one control byte tells apart
_GOOD_MATCH, _DROP = 128, 10  # a match so long is taken at once; less is enough at every further try, in percent


def compressed_size(value: bytes, most: int) -> int | None:
    """Return bytes that the value is compressed to.

    None where they would be more than so many, or it is not compressed.
    """
    if len(value) < MIN_INPUT or len(set(value[:MIN_INPUT])) > most:
        return None
    seen: defaultdict[bytes, list[int]] = defaultdict(list)
    at = size = items = 0
    while at < len(value):
        length = _longest_match(value, at, seen[_key(value, at)])
        if items % _ITEMS_OF_CONTROL == 0:
            size += 1
        items += 1
        size += 1 if not length else 2 if length <= _MAX_SHORT_MATCH_LENGTH else 3
        if size > most:
            return None
        for passed in range(at, at + (length or 1)):
            seen[_key(value, passed)].append(passed)
        at += length or 1
    return size


def _key(value: bytes, at: int) -> bytes:
    """Return what earlier places are looked up by: four bytes, near the end one."""
    return value[at : at + 4] if len(value) - at >= 4 else value[at : at + 1]


def _longest_match(value: bytes, at: int, earlier: list[int]) -> int:
    """Return bytes that occur earlier in the value too, and are worth a reference; 0 where there are too few."""
    best, good = 0, _GOOD_MATCH
    for place in reversed(earlier):
        if at - place >= _FARTHEST:
            break
        best = max(best, _alike(value, place, at))
        if best >= good:
            break
        good -= good * _DROP // 100
    return best if best > 2 else 0


def _alike(value: bytes, earlier: int, later: int) -> int:
    most = min(_MAX_MATCH_LENGTH, len(value) - later)
    length = 0
    while length < most and value[earlier + length] == value[later + length]:
        length += 1
    return length
