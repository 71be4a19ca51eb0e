"""Where in a JSON document the records are, and where the names of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from core.messages import Message
from imports.readers import messages
from imports.readers.flatten import beside
from imports.readers.json.pointers import container_of, parent_of, steps_of
from imports.readers.json.survey import INDEX, MAX_CHOICES, Found


def best(found: Found) -> str:
    """Return the path with most records, nearest to the top, the first of equals; the whole document if there are none.

    Columns that hold the rows are the second choice; a list that describes the columns of another is none.
    """
    described = {path for path in found.records if _describes_another(path, found)}
    records = {path: count for path, count in found.records.items() if path not in described}
    candidates = records or found.records or found.columns
    if not candidates and (path := _empty_table(found)):
        return path
    return max(candidates, key=lambda path: (candidates[path], -path.count("/")), default="")


def choices(found: Found) -> list[str]:
    """Return the paths that may be read; lists without elements only where nothing else has records."""
    paths = [*found.records, *found.columns, *found.few]
    paths += [] if found.records or found.columns else found.empty
    return [*paths, *([] if "" in paths else [""])][:MAX_CHOICES]


def header_of(path: str, found: Found) -> str | None:
    """Return the path of the names for records that are lists: the list of as many names that is nearest."""
    if path in found.widths:
        named = [other for other, names in found.names.items() if len(names) == found.widths[path]]
    else:
        named = [other for other in found.names if path in found.empty and parent_of(other) == parent_of(path)]
    return max((other for other in named if other != path), key=lambda other: _shared_steps(other, path), default=None)


def labels_of(path: str, header: str, found: Found) -> str | None:
    """Return the path of the list next to the names that labels each record."""
    labels = f"{parent_of(header)}/{INDEX}"
    return labels if labels in found.labels and found.labels[labels] == found.records.get(path) else None


def branches(found: Found, path: str, read_too: set[str]) -> list[str]:
    """Return the paths next to the records, and next to what they are in; those of everything that is not read."""
    steps = steps_of(container_of(path))
    others = dict.fromkeys([*found.records, *found.columns, *found.values])
    diverging = (_branch(steps_of(other), steps) for other in others if other not in read_too)
    return list(dict.fromkeys(filter(None, diverging)))


def _branch(steps: list[str], of_records: list[str]) -> str | None:
    """Return the path up to the first step that leads elsewhere; None where there is none: it is in the records."""
    for position, step in enumerate(steps[: len(of_records)]):
        if step != of_records[position]:
            return "".join(f"/{step}" for step in steps[: position + 1])
    return None


def warnings(found: Found, pointer: str, read_too: set[str]) -> Iterator[Message]:
    """Yield what a user should know where the records at the pointer are read. read_too: paths of names and labels."""
    others = {**found.records, **found.columns}
    rest = [(path, count) for path, count in others.items() if path not in (pointer, *read_too)]
    values = found.fields + found.other_lists - len([path for path in read_too if path not in found.records])
    if pointer in others and (rest or values):
        yield beside(pointer, rest, values)
    if pointer not in others:
        yield from (messages.POSSIBLE_RECORDS(path=path) for path in found.few)
        yield from (messages.EMPTY_LIST_IN_ROW(path=path) for path in found.empty[:1] if not pointer)
    if pointer in found.columns and pointer not in found.sure:
        yield messages.COLUMNS_READ_AS_ROWS(path=pointer)
    yield from (messages.PATH_TWICE(path=path) for path in found.repeated)


def _describes_another(path: str, found: Found) -> bool:
    """Return whether a list of named objects describes the columns of records elsewhere in the document."""
    if path not in found.names:
        return False
    others = [other for other in found.records if other != path]
    keys = [found.first_keys.get(other, set()) for other in others]
    described = (found.names[path], *found.other_names[path])
    return any(header_of(other, found) == path for other in others) or any(
        2 * len(several & set(names)) >= len(names) for several in keys for names in described
    )


def _empty_table(found: Found) -> str | None:
    """Return the list without elements that is next to names of columns, or the first where all lists are so."""
    tables = [path for path in found.empty if header_of(path, found)]
    if len(tables) == 1:
        return tables[0]
    return found.empty[0] if found.only_lists and len(found.empty) == found.other_lists else None


def _shared_steps(path: str, other: str) -> int:
    pairs = zip(steps_of(path), steps_of(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
