"""Which columns of the table may be filled, and what is said where a mapping may not say what was meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from core.messages import Message
from imports.errors import MappingDoesNotFit
from imports.identifiers import Spelling, source_names
from imports.planning import messages
from imports.table_description import TableDescription

#: Each column of the table that is filled, with the position of its source in the file.
Targets = Sequence[tuple[str, int]]


def twins_left_out(headers: Sequence[str], targets: Targets) -> Iterator[Message]:
    """Yield a warning for each header that the file has more than once, where the mapping leaves some of them out."""
    mapped = {position for _, position in targets}
    positions = defaultdict(list)
    for position, header in enumerate(headers):
        positions[header].append(position)
    names = source_names(headers)
    for header, twins in positions.items():
        left_out = [position for position in twins if position not in mapped]
        if 0 < len(left_out) < len(twins):
            others = [names[position] for position in left_out]
            yield messages.HEADER_MORE_THAN_ONCE(header=header[:80], times=len(twins), others=others)


def exchanged_columns(
    spellings: Sequence[Spelling], targets: Targets, table: TableDescription | None
) -> Iterator[Message]:
    """Yield a warning for each header that imports read into another column of the table than the mapping does."""
    if table is None:
        return
    existing = {column.name for column in table.columns}
    read_into: dict[Spelling, set[str]] = defaultdict(set)
    for use in table.header_uses:
        read_into[use.spelling].add(use.column)
    for column, position in targets:
        spelling = spellings[position]
        others = read_into[spelling] & existing
        if others and column in existing and column not in others:
            yield messages.MAPPED_ELSEWHERE(header=spelling.text[:80], column=column, others=sorted(others))


def refuse_generated(columns: Sequence[str], table: TableDescription | None) -> None:
    """Refuse to fill columns to which only the database gives values. Raises MappingDoesNotFit."""
    generated = [name for name in columns if table and name in table.generated]
    if table and generated:
        raise MappingDoesNotFit(messages.GENERATED_COLUMNS(columns=generated, table=table.name))
