"""A data table in plain values, for the parts of the line that know no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from imports import messages
from imports.errors import MappingDoesNotFit

MOST_COLUMNS = 1595  # of the user's; PostgreSQL holds 1,600 with `id` and the four of tracking


@dataclass(frozen=True)
class TableColumn:
    """One of the user's columns."""

    name: str
    sql_type: str  # as in the closed list of column_types, with its size


@dataclass(frozen=True)
class TableDescription:
    """A data table as it stands in the database."""

    name: str
    columns: tuple[TableColumn, ...]  # the user's, in order: without `id` and the four tracking columns
    #: Header of a file -> column, as the latest active imports filled it; of headers that one file has once.
    headers: Mapping[str, str] = field(default_factory=dict)


def too_many_columns() -> MappingDoesNotFit:
    return MappingDoesNotFit(messages.TOO_MANY_COLUMNS(limit=MOST_COLUMNS))
