"""A page of rows by its place in their order: however far it is, no row before it is passed over to get there."""

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
    quoted,
    values_of,
)
from imports.tables.queries.selection import Selection


@dataclass(frozen=True)
class Cursor:
    """Where a page stands: behind a row, before one, or at an end."""

    row_id: int | None = None  # None: at the beginning, or at the end where it is backwards
    backwards: bool = False  # the rows before it


@dataclass(frozen=True)
class PageOfRows:
    """Some consecutive rows."""

    rows: list[dict[str, Any]]
    start: int  # how many rows come before them
    total: int
    is_lost: bool  # the row that the page should stand by is gone: these are the first ones

    @property
    def first(self) -> int:
        """Number of the first row, from 1."""
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


def page_at(place: Cursor, rows: Selection, size: int) -> PageOfRows:
    """rows: shown with their id."""
    beyond = () if place.row_id is None else _beyond(place.row_id, rows.table_name, rows.ordering, place.backwards)
    if beyond is None:
        return replace(page_at(Cursor(), rows, size), is_lost=True)
    there = replace(rows, conditions=(*rows.conditions, *beyond), backwards=place.backwards)
    found = there[:size]
    total, left = rows.count_with(beyond)
    if place.backwards:
        return PageOfRows(found[::-1], left - len(found), total, is_lost=False)
    return PageOfRows(found, total - left, total, is_lost=False)


def _beyond(row_id: int, table: str, ordering: Sequence[SortColumn], backwards: bool) -> tuple[Condition] | None:
    """The condition of the rows on one side of this one; None where they go by its values and it is gone."""
    values = _values(row_id, table, ordering)
    if values is None:
        return None
    terms = list(_alternatives(ordering, values, backwards))
    either = sql.SQL("({})").format(sql.SQL(" OR ").join(one.term for one in terms))
    return (Condition(either, tuple(values_of(terms))),)


def _values(row_id: int, table: str, ordering: Sequence[SortColumn]) -> list[str | None] | None:
    """What the row has in the columns of the order, as texts."""
    if all(order.column == ID for order in ordering):
        return [str(row_id)] * len(ordering)
    shown = sql.SQL(", ").join(sql.SQL("{}::text").format(comparable(order.column)) for order in ordering)
    query = sql.SQL("SELECT {} FROM {} WHERE id = %s").format(shown, quoted("public", table))
    with connection.cursor() as cursor:
        cursor.execute(query, [row_id])
        found = cursor.fetchone()
    return found and list(found)


def _alternatives(ordering: Sequence[SortColumn], values: Sequence[str | None], backwards: bool) -> Iterator[Condition]:
    """A row is beyond by one of the columns, and has the same values in those before it."""
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
    """None where no row can be: nothing comes after NULL."""
    name = comparable(order.column)
    if value is None:
        return Condition(sql.SQL("{} IS NOT NULL").format(name)) if backwards else None
    beyond = compared(order.column, "<" if order.descending != backwards else ">", value)
    if backwards or order.column == ID:
        return beyond
    return Condition(sql.SQL("({} OR {} IS NULL)").format(beyond.term, name), beyond.values)
