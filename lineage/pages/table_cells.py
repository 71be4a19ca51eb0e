"""The headings and cells of a table's rows on pages."""

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
    """A column heading."""

    name: str
    sql_type: str
    sort: str  # aria-sort: ascending, descending or nothing
    next_sort: str  # the sort parameter after a click
    is_number: bool
    is_tracking: bool


@dataclass(frozen=True)
class Cell:
    """A value of a row."""

    value: str | None
    is_number: bool
    is_tracking: bool
    url: str = ""


def heading(column: TableColumn, sort: str) -> Heading:
    """Return a column's heading: a click sorts by the column, a second click in descending order."""
    direction = {column.name: "ascending", f"-{column.name}": "descending"}.get(sort, "")
    next_sort = f"-{column.name}" if direction == "ascending" else column.name
    return Heading(column.name, column.sql_type, direction, next_sort, is_number(column), _is_tracking(column))


def cell(table: str, column: TableColumn, value: Any) -> Cell:
    """Return a cell; the row's id links to its lineage, the import's id to the import."""
    url = ""
    if column.name == ID.name:
        url = reverse("lineage:row", args=[table, value])
    elif column.name == "_import_id" and value:
        url = reverse("imports:detail", args=[value])
    return Cell(value_text(value), is_number(column), _is_tracking(column), url)


def value_text(value: Any) -> str | None:
    """Return a value as text, nearly as PostgreSQL writes it, without rounding."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def is_number(column: TableColumn) -> bool:
    return column.sql_type.startswith(NUMBER_TYPES)


def _is_tracking(column: TableColumn) -> bool:
    return column.name in TRACKING_COLUMNS
