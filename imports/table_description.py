"""A data table in plain values, for the parts of the line that know no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imports import messages
from imports.errors import MappingDoesNotFit
from imports.identifiers import Spelling

#: A row's columns in the order in which they are stored; None: one that was dropped.
Layout = Sequence[str | None]

#: The columns that every data table has, in their order; those of the file are behind the first.
OWN = ("id", "_import_id", "_imported_at", "_source_row_number", "_corrections_applied")
#: What staged rows have after the table's columns, for the duplicate check.
BESIDE = ("_source_row_number", "_corrections_applied", "_hash")
MAX_ROW_BYTES = 8160  # of a row on a page of PostgreSQL, with its header
MAX_INLINE_LENGTH = 24  # bytes of a value that is never moved to the side table
SURELY_FITS = (MAX_ROW_BYTES - 300) // (MAX_INLINE_LENGTH + 2)  # columns; with what aligning them takes
MAX_COLUMNS = 1595  # of the user's; PostgreSQL holds 1,600 with `id` and the four of tracking

MAX_EARLIER = 10  # imports of a table whose plans are read: the cost must not grow with the history


@dataclass(frozen=True)
class TableColumn:
    """One of the user's columns."""

    name: str
    sql_type: str  # as in the closed list of column_types, with its size


@dataclass(frozen=True)
class HeaderUse:
    """A column of files that filled a column of the table."""

    spelling: Spelling
    column: str  # of the table
    order: int  # import_order of the latest import of files that did this


@dataclass(frozen=True)
class EarlierImport:
    """What an active import of a table stored of its decisions."""

    config: Mapping[str, Any]  # mapping_config
    warnings: Sequence[Mapping[str, Any]] | None  # warning_details; None: a version that did not store them


@dataclass(frozen=True)
class TableDescription:
    """A data table unchanged in the database."""

    name: str
    columns: tuple[TableColumn, ...]  # the user's, in order: without `id` and the four tracking columns
    physical_columns: tuple[
        str | None, ...
    ] = ()  # all columns in the order in which rows hold them; None: a dropped one
    generated: frozenset[str] = frozenset()  # columns with GENERATED ALWAYS: no INSERT may give them values
    header_uses: tuple[HeaderUse, ...] = ()  # by active imports, the earliest first
    earlier: tuple[EarlierImport, ...] = ()  # some of the active imports, the latest first


@dataclass(frozen=True)
class LastReading:
    """How the latest active import of a table read its file: the next file of its kind is read alike."""

    file_type: str
    options: Mapping[str, Any]  # source_options as understood
    header: tuple[str, ...]


def too_many_columns() -> MappingDoesNotFit:
    return MappingDoesNotFit(messages.TOO_MANY_COLUMNS(limit=MAX_COLUMNS))
