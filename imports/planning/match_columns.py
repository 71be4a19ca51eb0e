"""Find the table's column of each column of a file, by the headers that earlier imports had for it.

A header is compared as it is spelled, then folded, then by its safe name. Its place in the file decides nothing, but
among headers that are spelled exactly alike.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.messages import Message
from imports.identifiers import Spelling, column_names, folded, safe_column
from imports.planning import messages
from imports.table_description import HeaderUse, TableDescription

#: Kinds of characters that a safe name lacks although they tell columns apart: € from $, + from −, °.
_TELLING_KINDS = ("Sc", "Sm", "So")
_TELLING = "%‰"


@dataclass(frozen=True)
class Unclear:
    """A column of the file that may be one of several columns of the table, or none."""

    header: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Matches:
    """The columns of a file in a table."""

    columns: tuple[str | None, ...]  # of each header; None: the table has no such column, or it is unclear
    unclear: tuple[Unclear, ...]
    warnings: tuple[Message, ...]


def match_columns(spellings: Sequence[Spelling], table: TableDescription) -> Matches:
    """Return the table's column of each column of the file."""
    return _Matcher(spellings, table).matches()


class _Matcher:
    """Match in steps; each leaves fewer columns on both sides."""

    def __init__(self, spellings: Sequence[Spelling], table: TableDescription) -> None:
        self.spellings = spellings
        self.names = column_names([spelling.text for spelling in spellings])
        self.free = {column.name: None for column in table.columns}  # in order
        self.uses: dict[Spelling, list[HeaderUse]] = defaultdict(list)
        self.known: dict[str, set[Spelling]] = {name: set() for name in self.free}
        for use in table.header_uses:
            if use.column in self.known:
                self.uses[use.spelling].append(use)
                self.known[use.column].add(use.spelling)
        self._by_fold = self._index(lambda known: known.is_unique and folded(known.text))
        self._by_name = self._index(lambda known: known.is_unique and safe_column(known.text))
        self._of_several = self._index(lambda known: not known.is_unique and folded(known.text))
        for column in self.free:
            for name in {column, safe_column(column)}:
                if column not in self._by_name[name]:
                    self._by_name[name].append(column)
        self.matched: dict[int, str] = {}  # position in the file -> column
        self.taken_by_later: dict[int, str] = {}  # position -> the column that a later import fills from another header
        self.warnings: list[Message] = []

    def _index(self, key: Callable[[Spelling], str | bool]) -> dict[str | bool, list[str]]:
        """Return the columns by what their known headers come to; False: not indexed."""
        index: dict[str | bool, list[str]] = defaultdict(list)
        for column, spellings in self.known.items():
            for text in {key(known) for known in spellings} - {False}:
                index[text].append(column)
        return index

    def matches(self) -> Matches:
        self._as_spelled()
        self._as_exported()
        self._by_occurrence()
        self._by_likeness(self._folded_alike)
        self._by_likeness(self._named_alike)
        columns = tuple(self.matched.get(position) for position in range(len(self.spellings)))
        unclear = (self._unclear(position) for position in range(len(self.spellings)) if position not in self.matched)
        return Matches(columns, tuple(one for one in unclear if one.columns), tuple(self.warnings))

    # --- the steps

    def _as_spelled(self) -> None:
        """Match headers that active imports had. Of two that had one column, the one that had it last gets it."""
        claims: dict[str, tuple[int, int]] = {}
        for position, spelling in enumerate(self.spellings):
            if spelling in self.uses:
                use = self._latest_use(spelling)
                claims[use.column] = max(claims.get(use.column, (-1, 0)), (use.order, position))
                self.taken_by_later[position] = use.column
        for column, (_, position) in claims.items():
            del self.taken_by_later[position]
            self._match(position, column)

    def _latest_use(self, spelling: Spelling) -> HeaderUse:
        uses = self.uses[spelling]
        last = max(use.order for use in uses)
        of_last = [use for use in uses if use.order == last]
        others = sorted({use.column for use in uses} - {use.column for use in of_last})
        if others:
            chosen = of_last[0].column
            self.warnings.append(messages.HEADER_MOVED(header=spelling.text[:80], column=chosen, others=others))
        return of_last[0]

    def _as_exported(self) -> None:
        """Match by name where the file has all remaining columns of the table, called as in the table."""
        remaining = [(self.spellings[position].text, position) for position in self._remaining()]
        if self.free and sorted(name for name, _ in remaining) == sorted(self.free):
            for name, position in remaining:
                self._match(position, name)

    def _by_occurrence(self) -> None:
        """Match headers that are spelled exactly alike, or missing, where no import had columns of this spelling."""
        groups: dict[str, list[int]] = defaultdict(list)
        for position in self._remaining():
            spelling = self.spellings[position]
            if not spelling.is_unique:
                groups["" if spelling.text in self._numbered else spelling.text].append(position)
        for positions in groups.values():
            names = [self.names[position] for position in positions]
            if all(name in self.free and not self.known[name] for name in names):
                for position, name in zip(positions, names, strict=True):
                    self._match(position, name)

    @cached_property
    def _numbered(self) -> set[str]:
        """Return the headers of numbered columns, which are one group."""
        times = Counter(spelling.text for spelling in self.spellings)
        return {spelling.text for spelling in self.spellings if spelling.of > 1 and times[spelling.text] == 1}

    def _by_likeness(self, alike_columns: Callable[[Spelling], list[str]]) -> None:
        """Match where exactly one header is left for exactly one column, as often as that leaves others so."""
        found = True
        while found:
            positions = [position for position in self._remaining() if self.spellings[position].is_unique]
            alike = {position: alike_columns(self.spellings[position]) for position in positions}
            times = Counter(column for columns in alike.values() for column in columns)
            pairs = [(at, columns[0]) for at, columns in alike.items() if len(columns) == 1 and times[columns[0]] == 1]
            for position, column in pairs:
                self._warn_of_other_meaning(self.spellings[position].text, column)
                self._match(position, column)
            found = bool(pairs)

    def _match(self, position: int, column: str) -> None:
        self.matched[position] = column
        del self.free[column]

    def _remaining(self) -> list[int]:
        return [at for at in range(len(self.spellings)) if at not in self.matched and at not in self.taken_by_later]

    # --- what is alike: columns that are free, in the order of the table

    def _folded_alike(self, spelling: Spelling) -> list[str]:
        """Return the columns that had a header which is this one but for its case, width or spaces."""
        return [column for column in self._by_fold[folded(spelling.text)] if column in self.free]

    def _named_alike(self, spelling: Spelling) -> list[str]:
        """Return the columns that have the safe name of the header, or had a header of that name."""
        name, several = safe_column(spelling.text), self._one_of_several(spelling)
        named = self._by_name[name] if name else []
        return [column for column in named if column in self.free and column not in several]

    def _one_of_several(self, spelling: Spelling) -> list[str]:
        """Return the columns that had a header like this in files that have it another number of times."""
        return [column for column in self._of_several[folded(spelling.text)] if column in self.free]

    def _unclear(self, position: int) -> Unclear:
        spelling = self.spellings[position]
        if position in self.taken_by_later:
            return Unclear(spelling.text, (self.taken_by_later[position],))
        alike = self._one_of_several(spelling)
        if spelling.text:
            alike += self._folded_alike(spelling) + self._named_alike(spelling)
        elif self.names[position] in self.free and not self.known[self.names[position]]:
            alike.append(self.names[position])
        return Unclear(spelling.text or self.names[position], tuple(dict.fromkeys(alike)))

    def _warn_of_other_meaning(self, header: str, column: str) -> None:
        """Warn where the header that a column had differs in a sign that a safe name lacks, or in its number."""
        earlier = sorted(known.text for known in self.known[column])
        same_signs = any(_telling_signs(text) == _telling_signs(header) for text in earlier)
        is_numbered = any(column.startswith(f"{safe_column(text)}_") for text in earlier)
        same_name = any(safe_column(text) == safe_column(header) for text in earlier)
        if earlier and not (same_signs and (same_name or not is_numbered)):
            earlier = [text[:80] for text in earlier]
            self.warnings.append(messages.HEADER_DIFFERS(header=header[:80], column=column, earlier=earlier))


def _telling_signs(header: str) -> list[str]:
    return sorted(sign for sign in folded(header) if sign in _TELLING or unicodedata.category(sign) in _TELLING_KINDS)
