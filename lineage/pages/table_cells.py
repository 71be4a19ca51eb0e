"""The head and the cells of a list of rows, as the pages show them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from imports.column_types import NUMBER_TYPES
from imports.table_description import TableColumn
from imports.tables.catalog import TRACKING_COLUMNS
from imports.tables.queries.conditions import ID


@dataclass(frozen=True)
class Heading:
    """A column as the head of the list shows it."""

    name: str
    sql_type: str
    sort: str  # aria-sort: ascending, descending or nothing
    next_sort: str  # what the address says after a click
    is_number: bool
    is_tracking: bool


@dataclass(frozen=True)
class Cell:
    """A value as the list shows it."""

    value: str | None
    is_number: bool
    is_tracking: bool
    url: str = ""


def heading(column: TableColumn, sort: str) -> Heading:
    """The head of a column; a click sorts by it, a second one the other way round."""
    direction = {column.name: "ascending", f"-{column.name}": "descending"}.get(sort, "")
    next_sort = f"-{column.name}" if direction == "ascending" else column.name
    return Heading(column.name, column.sql_type, direction, next_sort, is_number(column), _is_tracking(column))


def cell(table: str, column: TableColumn, value: Any) -> Cell:
    """A row's id leads to its origin, an import's to the import."""
    url = ""
    if column.name == ID.name:
        url = reverse("lineage:row", args=[table, value])
    elif column.name == "_import_id" and value:
        url = reverse("imports:detail", args=[value])
    return Cell(in_text(value), is_number(column), _is_tracking(column), url)


def in_text(value: Any) -> str | None:
    """A value as PostgreSQL writes it, near enough; nothing is rounded."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def is_number(column: TableColumn) -> bool:
    return column.sql_type.startswith(NUMBER_TYPES)


def _is_tracking(column: TableColumn) -> bool:
    return column.name in TRACKING_COLUMNS
