"""Select columns and rows of a data table in an order. Read only."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from core.csv_writer import FORMULAS, csv_line, escape_formula
from core.waits.limits import allow_long_statements
from imports.column_types import TYPES, type_named
from imports.errors import UnknownTable
from imports.table_description import TableColumn
from imports.tables import messages
from imports.tables.catalog import describe
from imports.tables.queries.as_of import Place
from imports.tables.queries.conditions import (
    ID,
    KNOWN,
    METADATA,
    Condition,
    SortColumn,
    all_of,
    anywhere,
    condition_of,
    kind,
    order_of,
    quoted,
    values_of,
)

FETCH_SIZE = 5_000  # rows from the server at a time

#: Types of dates and times, with the first and the last value that Python supports.
_BOUNDS = {type_.name: type_.bounds for type_ in TYPES if type_.bounds}
_PYTHON_TYPES = {name for name in KNOWN if type_named(name).has_python_value}
_MAX_WHOLE_LENGTH = 4_000  # digits that Python converts to an int


@dataclass(frozen=True)
class Selection:
    """Rows of a table in an order. Supports len and slices, as a list does, for any paginator."""

    table_name: str
    columns: tuple[TableColumn, ...]  # to read
    known: tuple[TableColumn, ...]  # that filters and orders may name
    conditions: tuple[Condition, ...] = ()
    ordering: tuple[SortColumn, ...] = (SortColumn(ID),)  # the id comes last, so that no two rows are equal
    backwards: bool = False
    relation: sql.Composable | None = None  # None: the table as it is now

    def count(self) -> int:
        return self.count_with(())[0]

    def count_with(self, conditions: Sequence[Condition]) -> tuple[int, int]:
        """Return the number of rows, and of those that also meet these conditions, in one pass."""
        query = sql.SQL("SELECT count(*), count(*) FILTER (WHERE {}) {}").format(all_of(conditions), self._from_where())
        with connection.cursor() as cursor:
            cursor.execute(query, [*values_of(conditions), *self._values()])
            return cursor.fetchone()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, window: slice) -> list[dict[str, Any]]:
        """Return rows as column → value: times are ISO 8601, with Z if they have a zone; numbers are exact."""
        start = window.start or 0
        query = sql.SQL("{} LIMIT %s OFFSET %s").format(self._as_json())
        with connection.cursor() as cursor:
            cursor.execute(query, [*self._values(), window.stop - start, start])
            return [_row(text) for (text,) in cursor.fetchall()]

    def json_texts(self) -> Iterator[str]:
        """Yield every row as the text of a JSON object."""
        for rows in self._batches(self._as_json()):
            yield from (text for (text,) in rows)

    def tuples(self, *, as_text: Collection[str] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Yield batches of rows as Python values. as_text: columns to read as ISO text; UUID and JSON are always text.

        Python does not support all dates and times of PostgreSQL: if `outside_years` is true, read the column as text.
        """
        return self._batches(self._select(_native(column, as_text) for column in self.columns))

    def csv(self, *, formula_safe: bool) -> Iterator[bytes]:
        """Yield the bytes of a CSV file: NULL is an empty field, any text a quoted one."""
        cells = (_cell(column, formula_safe=formula_safe) for column in self.columns)
        texts = sql.SQL(", ").join(quoted(column.name) for column in self.columns if not holds_no_text(column))
        allow_long_statements()
        query = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv{})").format(
            self._select(cells), sql.SQL(", FORCE_QUOTE ({})").format(texts) if texts.as_string() else sql.SQL("")
        )
        text = query.as_string(connection.connection)
        # Unlike execute, copy looks for placeholders only where there are values.
        text = text if self._values() else text.replace("%%", "%")
        with connection.connection.cursor() as cursor, cursor.copy(text, self._values()) as copy:
            names = [column.name for column in self.columns]
            yield csv_line([escape_formula(name) for name in names] if formula_safe else names).encode()
            yield from map(bytes, copy)

    def digits(self, column: TableColumn) -> tuple[int, int] | None:
        """Return the most digits before and after the point in a NUMERIC column; None if it has infinity or NaN."""
        query = sql.SQL(
            "SELECT coalesce(max(length(trunc(abs({0}))::text)), 1), coalesce(max(scale({0})), 0),"
            " bool_or({0}::text IN ('NaN', 'Infinity', '-Infinity')) {1}"
        ).format(quoted(column.name), self._from_where())
        with connection.cursor() as cursor:
            cursor.execute(query, self._values())
            whole, decimals, unlimited = cursor.fetchone()
        return None if unlimited else (whole, decimals)

    def outside_years(self, column: TableColumn) -> bool:
        """Return whether a date or time of the column is infinite, outside the years 1 to 9999 (in UTC), or 24:00."""
        first, last = _BOUNDS[kind(column)]
        query = sql.SQL("SELECT coalesce(bool_or({0} < {1} OR {0} > {2}), false) {3}").format(
            quoted(column.name), sql.Literal(first), sql.Literal(last), self._from_where()
        )
        with connection.cursor() as cursor:
            cursor.execute(query, self._values())
            return bool(cursor.fetchone()[0])

    def _batches(self, query: sql.Composable) -> Iterator[list[tuple[Any, ...]]]:
        allow_long_statements()
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(query, self._values())
            while rows := cursor.fetchmany(FETCH_SIZE):
                yield rows

    def _as_json(self) -> sql.Composable:
        return sql.SQL("SELECT row_to_json(shown)::text FROM ({}) shown").format(
            self._select(_shown(column) for column in self.columns)
        )

    def _select(self, expressions: Iterable[sql.Composable]) -> sql.Composable:
        named = (
            sql.SQL("{} AS {}").format(expression, quoted(column.name))
            for expression, column in zip(expressions, self.columns, strict=True)
        )
        ordering = (order.term(backwards=self.backwards) for order in self.ordering)
        return sql.SQL("SELECT {} {} ORDER BY {}").format(
            sql.SQL(", ").join(named), self._from_where(), sql.SQL(", ").join(ordering)
        )

    def source(self) -> sql.Composable:
        """Return what follows FROM."""
        relation = self.relation or quoted("public", self.table_name)
        return sql.SQL("{} AS {}").format(relation, quoted(self.table_name))

    def _from_where(self) -> sql.Composable:
        return sql.SQL("FROM {} WHERE {}").format(self.source(), all_of(self.conditions))

    def _values(self) -> list[str]:
        return values_of(self.conditions)


def select_rows(
    table_name: str,
    *,
    filters: Sequence[tuple[str, str]] = (),
    search: str = "",
    ordering: str = "",
    with_id: bool = True,
    include_metadata: bool = False,
    place: Place | None = None,
) -> Selection:
    """Select rows of a data table.

    filters: pairs such as `age` or `age__gte` and a value, which must all match. search: text in any data column.
    ordering: columns separated by commas, with `-` for descending. place: as the imports up to there made the table.
    Raises UnknownTable, ReservedTable, UntrackedTable, BadRequest.
    """
    refuse_nul(table_name)
    table = describe(table_name)
    users = place.columns(table) if place else table.columns
    all_columns = (ID, *users, *METADATA)
    by_name = {column.name: column for column in all_columns}
    conditions = [condition_of(by_name, name, value) for name, value in filters]
    if search:
        conditions.append(anywhere(users, search))
    return Selection(
        table_name,
        columns=(*((ID,) if with_id else ()), *users, *(METADATA if include_metadata else ())),
        known=all_columns,
        conditions=tuple(conditions),
        ordering=tuple(order_of(by_name, ordering)),
        relation=place.relation(table) if place else None,
    )


def refuse_nul(table_name: str) -> None:
    """Raises UnknownTable for a name with NUL, which cannot be used in a query."""
    if "\x00" in table_name:
        raise UnknownTable(messages.NUL_IN_TABLE_NAME())


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read everything in the block from one snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


# --- expressions for columns ---


def _shown(column: TableColumn) -> sql.Composable:
    name = quoted(column.name)
    if kind(column) != "TIMESTAMPTZ":
        return name
    template = "CASE WHEN isfinite({0}) THEN (to_json({0} AT TIME ZONE 'UTC') #>> '{{}}') || 'Z' ELSE {0}::text END"
    return sql.SQL(template).format(name)


def _cell(column: TableColumn, *, formula_safe: bool) -> sql.Composable:
    """Return the column as in JSON. formula_safe: put a ' before text that a spreadsheet would run as a formula."""
    name = quoted(column.name)
    if kind(column) in ("BOOLEAN", "TIMESTAMP", "DATE"):
        return sql.SQL("to_json({}) #>> '{{}}'").format(name)
    if not formula_safe or holds_no_text(column):
        return _shown(column)
    formulas = sql.SQL(", ").join(map(sql.Literal, FORMULAS))
    escaped = "CASE WHEN left({0}::text, 1) IN ({1}) THEN '''' || {0}::text ELSE {0}::text END"
    return sql.SQL(escaped).format(name, formulas)


def _native(column: TableColumn, as_text: Collection[str]) -> sql.Composable:
    if column.name not in as_text:
        return sql.SQL("{}::text" if kind(column) not in _PYTHON_TYPES else "{}").format(quoted(column.name))
    return sql.SQL("CAST({} AS text)").format(_cell(column, formula_safe=False))


def is_calendar(column: TableColumn) -> bool:
    """Return whether the column has dates or times."""
    return kind(column) in _BOUNDS


def holds_no_text(column: TableColumn) -> bool:
    """Return whether no value of the type can be a formula."""
    return kind(column) in KNOWN - {"TEXT", "VARCHAR"}


def _row(text: str) -> dict[str, Any]:
    return dict(json.loads(text, parse_float=Decimal, parse_int=_whole))


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _MAX_WHOLE_LENGTH else Decimal(digits)
