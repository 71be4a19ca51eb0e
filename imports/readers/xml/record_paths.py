"""Which element of an XML document is the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from core.messages import Message
from imports.readers.flatten import beside

MAX_CHOICES = 50  # paths that are offered
MANY = 10  # elements in each record on average, from which they may be the records themselves


def proposed(counts: Counter[str], fields: Collection[str] = ()) -> list[str]:
    """Return paths that may be the record, the likeliest first. fields: paths of elements that are columns by name.

    The most frequent repeated child of an element that occurs once, nearest to the root; without any, the only child
    of the root that has children; else the root.
    """
    paths = element_paths(counts)
    single = [path for path in paths if path.count("/") == 2 and counts[path] == 1 and counts[path + "/"]]
    root = paths[0]
    likely = _likely(counts, fields)
    best = likely or (single if len(single) == 1 and len(paths_below(paths, root)) == 1 else []) or [root]
    inside = below(best[0], counts, fields)
    others = [path for path in paths if path not in (*best, *inside) and counts[path + "/"]]
    return (best + inside + others)[:MAX_CHOICES]


def _likely(counts: Counter[str], fields: Collection[str]) -> list[str]:
    """Return the repeated children of elements that occur once: those with parts, if there are any."""
    paths = element_paths(counts)
    once = {path for path in paths if counts[path] == 1}
    repeated = [
        path for path in paths if counts[path] > 1 and path.rpartition("/")[0] in once and path not in fields
    ]  # fmt: skip
    with_parts = [path for path in repeated if counts[path + "/"]]
    return sorted(with_parts or repeated, key=lambda path: (path.count("/"), -counts[path]))


def below(record: str, counts: Counter[str], fields: Collection[str]) -> list[str]:
    """Return the paths inside a record that may be the records themselves, as points are inside segments.

    An element that is all that the elements above it have, or one that is there ten times as often. Of a document that
    is one record, an element that is all that another one has.
    """
    inside = [path for path in element_paths(counts) if path.startswith(f"{record}/") and counts[path + "/"]]
    return [path for path in inside if path not in fields and _may_be_records(path, record, counts)]


def _may_be_records(path: str, record: str, counts: Counter[str]) -> bool:
    if record.count("/") == 1 and counts[path] == 1:  # the whole document: it may be a list of one
        return path.rpartition("/")[0] != record and _is_all_of(path.rpartition("/")[0], path, counts)
    if counts[path] >= MANY * counts[record]:
        return True
    return counts[path] > counts[record] and _is_all_of(record, path, counts)


def _is_all_of(record: str, path: str, counts: Counter[str]) -> bool:
    """Return whether the elements from the record down to the one above the path have only each other in them."""
    above = path.rpartition("/")[0]
    siblings = [other for other in counts if other.rpartition("/")[0] == above and not other.endswith(("/", "/@"))]
    is_only = len(siblings) == 1 and f"{above}/@" not in counts
    return is_only and (above == record or _is_all_of(record, above, counts))


def is_emptied(record: str, counts: Counter[str]) -> bool:
    """Return whether the element that would have the records is there, without children."""
    parent = record.rpartition("/")[0]
    return parent in counts and not any(path.startswith(f"{parent}/") for path in element_paths(counts))


def may_have_had(record: str, counts: Counter[str], fields: Collection[str]) -> bool:
    """Return whether a document without the path may be one of its kind: of the same root, without other records."""
    return record.startswith(f"{element_paths(counts)[0]}/") and not _likely(counts, fields)


def element_paths(counts: Counter[str]) -> list[str]:
    return [path for path in counts if not path.endswith(("/", "/@"))]


def beside_record(counts: Counter[str], record: str) -> list[Message]:
    """Return the warning that names the elements next to the records, or nothing."""
    others = branches(counts, record)
    return [beside(record, others)] if others else []


def branches(counts: Counter[str], record: str) -> list[tuple[str, int]]:
    """Return the elements next to the records and to what they are in, with how often each is there."""
    here = record + "/"
    paths = element_paths(counts)
    above = {path for path in paths if here.startswith(path + "/") and path != record}
    return [
        (path, counts[path]) for path in paths if path.rpartition("/")[0] in above and not here.startswith(path + "/")
    ]


def unread(counts: Counter[str], record: str) -> list[str]:
    """Return the paths next to the records, and the attributes of the elements that they are in, as «/orders/@»."""
    above = [path for path in element_paths(counts) if record.startswith(f"{path}/") and f"{path}/@" in counts]
    return [*(f"{path}/@" for path in above), *(path for path, _ in branches(counts, record))]


def paths_below(paths: list[str], root: str) -> list[str]:
    return [path for path in paths if path.startswith(root + "/") and path.count("/") == 2]
