"""Pages of rows by keyset pagination: a page far from the start costs no more than the first one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from psycopg import sql

from imports.tables.queries.conditions import (
    ID,
    Condition,
    SortColumn,
    all_of,
    comparable,
    compared,
    values_of,
)
from imports.tables.queries.selection import Selection


@dataclass(frozen=True)
class Cursor:
    """The position of a page: after a row, before a row, at the start or at the end."""

    row_id: int | None = None  # None: at the start, or at the end if backwards
    backwards: bool = False  # the rows before row_id


@dataclass(frozen=True)
class PageOfRows:
    """Consecutive rows of a selection."""

    rows: list[dict[str, Any]]
    start: int  # how many rows come before them
    total: int
    is_lost: bool  # the row of the cursor does not exist any more: these are the first rows

    @property
    def first(self) -> int:
        """The number of the first row, from 1."""
        return self.start + 1

    @property
    def last(self) -> int:
        return self.start + len(self.rows)

    @property
    def first_id(self) -> int | None:
        return self.rows[0]["id"] if self.rows else None

    @property
    def last_id(self) -> int | None:
        return self.rows[-1]["id"] if self.rows else None

    @property
    def has_previous(self) -> bool:
        return self.start > 0

    @property
    def has_next(self) -> bool:
        return self.last < self.total


def page_at(cursor: Cursor, rows: Selection, size: int) -> PageOfRows:
    """Return the page at a cursor. rows: a selection with ids."""
    beyond = () if cursor.row_id is None else _beyond(cursor.row_id, rows, cursor.backwards)
    if beyond is None:
        return replace(page_at(Cursor(), rows, size), is_lost=True)
    selection = replace(rows, conditions=(*rows.conditions, *beyond), backwards=cursor.backwards)
    page = selection[:size]
    total, remaining = rows.count_with(beyond)
    if cursor.backwards:
        return PageOfRows(page[::-1], remaining - len(page), total, is_lost=False)
    return PageOfRows(page, total - remaining, total, is_lost=False)


def _beyond(row_id: int, rows: Selection, backwards: bool) -> tuple[Condition] | None:
    """Return the condition for rows on one side of this one; None if its values are needed and it was deleted."""
    values = _values(row_id, rows)
    if values is None:
        return None
    terms = list(_alternatives(rows.ordering, values, backwards))
    either = sql.SQL("({})").format(sql.SQL(" OR ").join(condition.term for condition in terms))
    return (Condition(either, tuple(values_of(terms))),)


def _values(row_id: int, rows: Selection) -> list[str | None] | None:
    """Return the row's values in the columns of the order, as texts; None if there is no such row."""
    if all(order.column == ID for order in rows.ordering):
        return [str(row_id)] * len(rows.ordering)
    shown = sql.SQL(", ").join(sql.SQL("{}::text").format(comparable(order.column)) for order in rows.ordering)
    query = sql.SQL("SELECT {} FROM {} WHERE id = %s").format(shown, rows.source())
    with connection.cursor() as cursor:
        cursor.execute(query, [row_id])
        values = cursor.fetchone()
    return values and list(values)


def _alternatives(ordering: Sequence[SortColumn], values: Sequence[str | None], backwards: bool) -> Iterator[Condition]:
    """Yield the ways for a row to be beyond: equal in the first columns, and beyond in the next one."""
    for position, (order, value) in enumerate(zip(ordering, values, strict=True)):
        same = [_same(*pair) for pair in zip(ordering[:position], values[:position], strict=True)]
        further = _further(order, value, backwards)
        if further:
            both = [*same, further]
            yield Condition(sql.SQL("({})").format(all_of(both)), tuple(values_of(both)))


def _same(order: SortColumn, value: str | None) -> Condition:
    if value is None:
        return Condition(sql.SQL("{} IS NULL").format(comparable(order.column)))
    return compared(order.column, "=", value)


def _further(order: SortColumn, value: str | None, backwards: bool) -> Condition | None:
    """Return the condition that a row is beyond in a column; None if no row can be, because NULL is last."""
    name = comparable(order.column)
    if value is None:
        return Condition(sql.SQL("{} IS NOT NULL").format(name)) if backwards else None
    beyond = compared(order.column, "<" if order.descending != backwards else ">", value)
    if backwards or order.column == ID:
        return beyond
    return Condition(sql.SQL("({} OR {} IS NULL)").format(beyond.term, name), beyond.values)
