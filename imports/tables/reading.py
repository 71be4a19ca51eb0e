"""SELECTs over a data table: which columns, which rows, in which order. Read only."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import DataError, connection, transaction
from psycopg import sql

from imports.column_types import TYPES
from imports.errors import BadRequest, UnknownTable
from imports.tables.description import TableColumn
from imports.tables.schema import describe

ID = TableColumn("id", "BIGINT")
METADATA = (
    TableColumn("_import_id", "UUID"),
    TableColumn("_imported_at", "TIMESTAMPTZ"),
    TableColumn("_source_row_number", "INTEGER"),
    TableColumn("_corrections_applied", "JSONB"),
)
FETCHED = 5_000  # rows from the server at a time

#: Endings of a filter's name, as in `age__gte`; a bare name means equal. Beside them: contains, isnull.
COMPARISONS = {"eq": "=", "ne": "IS DISTINCT FROM", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
#: Beginnings of a text that a spreadsheet takes for a formula; the wide ones in an East Asian locale.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

#: Types of dates and times, with the first and the last that Python has too.
_BOUNDS = {
    "DATE": ("0001-01-01", "9999-12-31"),
    "TIMESTAMP": ("0001-01-01 00:00", "9999-12-31 23:59:59.999999"),
    "TIMESTAMPTZ": ("0001-01-01 00:00+00", "9999-12-31 23:59:59.999999+00"),
    "TIME": ("00:00", "23:59:59.999999"),
}
_KNOWN = {found.name for found in TYPES} | {"VARCHAR"}
_PYTHON_HAS = _KNOWN - {"UUID", "JSONB"}
_LONGEST_WHOLE = 4_000  # digits that Python turns into an int


@dataclass(frozen=True)
class Condition:
    """One term of a WHERE: its placeholders stand for the values, in order."""

    term: sql.Composable
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """Some rows of a table in some order. Counts and slices as a list does, so that any paginator can cut it."""

    table_name: str
    columns: tuple[TableColumn, ...]  # those that are shown
    conditions: tuple[Condition, ...] = ()
    ordering: tuple[sql.Composable, ...] = (sql.Identifier("id"),)

    def count(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT count(*) {}").format(self._from_where()), self._values())
            return int(cursor.fetchone()[0])

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, window: slice) -> list[dict[str, Any]]:
        """Rows as column → value: times are ISO 8601, with Z where they have a zone; numbers are exact."""
        start = window.start or 0
        query = sql.SQL("{} LIMIT %s OFFSET %s").format(self._as_json())
        with connection.cursor() as cursor:
            cursor.execute(query, [*self._values(), window.stop - start, start])
            return [_row(text) for (text,) in cursor.fetchall()]

    def json_texts(self) -> Iterator[str]:
        """Every row as the text of a JSON object."""
        for rows in self._batches(self._as_json()):
            yield from (text for (text,) in rows)

    def tuples(self, *, as_text: Collection[str] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Every row as Python values, in batches; columns of these names are ISO text, UUID and JSON are text anyway.

        Python's times end where PostgreSQL's go on: a column for which `outside_years` is true can only be had as text.
        """
        return self._batches(self._select(_native(column, as_text) for column in self.columns))

    def csv(self, *, formula_safe: bool) -> Iterator[bytes]:
        """The bytes of a CSV file: NULL is an empty field, the empty text a quoted one."""
        cells = (_cell(column, formula_safe=formula_safe) for column in self.columns)
        connection.ensure_connection()
        query = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(self._select(cells))
        text = query.as_string(connection.connection)
        # Unlike execute, copy looks for placeholders only where there are values.
        text = text if self._values() else text.replace("%%", "%")
        with connection.connection.cursor() as cursor, cursor.copy(text, self._values()) as copy:
            yield from map(bytes, copy)

    def digits(self, column: TableColumn) -> tuple[int, int] | None:
        """Most digits before and after the point in a NUMERIC column; None where one is infinite or no number."""
        query = sql.SQL(
            "SELECT coalesce(max(length(trunc(abs({0}))::text)), 1), coalesce(max(scale({0})), 0),"
            " bool_or({0}::text IN ('NaN', 'Infinity', '-Infinity')) {1}"
        ).format(_quoted(column.name), self._from_where())
        with connection.cursor() as cursor:
            cursor.execute(query, self._values())
            whole, places, unlimited = cursor.fetchone()
        return None if unlimited else (whole, places)

    def outside_years(self, column: TableColumn) -> bool:
        """Whether a date or time of the column is infinite, or beyond the years 1 to 9999 (in UTC), or 24:00."""
        first, last = _BOUNDS[kind(column)]
        query = sql.SQL("SELECT coalesce(bool_or({0} < {1} OR {0} > {2}), false) {3}").format(
            _quoted(column.name), sql.Literal(first), sql.Literal(last), self._from_where()
        )
        with connection.cursor() as cursor:
            cursor.execute(query, self._values())
            return bool(cursor.fetchone()[0])

    def _batches(self, query: sql.Composable) -> Iterator[list[tuple[Any, ...]]]:
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(query, self._values())
            while rows := cursor.fetchmany(FETCHED):
                yield rows

    def _as_json(self) -> sql.Composable:
        return sql.SQL("SELECT row_to_json(shown)::text FROM ({}) shown").format(
            self._select(_shown(column) for column in self.columns)
        )

    def _select(self, expressions: Iterable[sql.Composable]) -> sql.Composable:
        named = (
            sql.SQL("{} AS {}").format(expression, _quoted(column.name))
            for expression, column in zip(expressions, self.columns, strict=True)
        )
        return sql.SQL("SELECT {} {} ORDER BY {}").format(
            sql.SQL(", ").join(named), self._from_where(), sql.SQL(", ").join(self.ordering)
        )

    def _from_where(self) -> sql.Composable:
        table = _quoted("public", self.table_name)
        if not self.conditions:
            return sql.SQL("FROM {}").format(table)
        terms = sql.SQL(" AND ").join(condition.term for condition in self.conditions)
        return sql.SQL("FROM {} WHERE {}").format(table, terms)

    def _values(self) -> list[str]:
        return [value for condition in self.conditions for value in condition.values]


def select_rows(
    table_name: str,
    *,
    filters: Sequence[tuple[str, str]] = (),
    search: str = "",
    ordering: str = "",
    with_id: bool = True,
    include_metadata: bool = False,
) -> Selection:
    """The rows of a data table.

    filters: `age` or `age__gte` and a value, all of which must hold. search: a part of any of the user's columns.
    ordering: columns separated by commas, `-` before those that descend.
    Raises UnknownTable, ReservedTable, UntrackedTable, BadRequest.
    """
    refuse_nul(table_name)
    users = describe(table_name).columns
    all_columns = (ID, *users, *METADATA)
    by_name = {column.name: column for column in all_columns}
    conditions = [_condition(by_name, name, value) for name, value in filters]
    if search:
        conditions.append(_anywhere(users, search))
    return Selection(
        table_name,
        columns=(*((ID,) if with_id else ()), *users, *(METADATA if include_metadata else ())),
        conditions=tuple(conditions),
        ordering=tuple(_order(by_name, ordering)),
    )


def refuse_nul(table_name: str) -> None:
    """Raises UnknownTable for a name that cannot even be looked for."""
    if "\x00" in table_name:
        raise UnknownTable("No table's name holds the character NUL.")


def _quoted(*names: str) -> sql.Identifier:
    """For a query with placeholders, where a % in a name must be doubled."""
    return sql.Identifier(*(name.replace("%", "%%") for name in names))


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Everything that is read in the block stood there at one moment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


# --- conditions and order ---


def _condition(by_name: dict[str, TableColumn], name: str, value: str) -> Condition:
    column, ending = _split(by_name, name)
    if ending == "isnull":
        return _is_null(column, value)
    if ending == "contains":
        return _contains([column], value)
    type_ = kind(column) if kind(column) in _KNOWN else "TEXT"
    cast = sql.SQL("CAST(%s AS {})").format(sql.SQL(type_))
    _refuse_misfit(column, cast, value)
    term = sql.SQL("{} {} {}").format(_comparable(column), sql.SQL(COMPARISONS[ending]), cast)
    return Condition(term, (value,))


def _split(by_name: dict[str, TableColumn], name: str) -> tuple[TableColumn, str]:
    """`age__gte` -> the column and the ending."""
    if name in by_name:
        return by_name[name], "eq"
    start, _, ending = name.rpartition("__")
    if start in by_name and ending in (*COMPARISONS, "contains", "isnull"):
        return by_name[start], ending
    raise BadRequest(f"{name[:80]!r} is neither a parameter nor a column of the table.", parameter=name[:80])


def _is_null(column: TableColumn, value: str) -> Condition:
    if value not in ("true", "false"):
        raise BadRequest(f"{column.name}__isnull must be true or false.", parameter=f"{column.name}__isnull")
    wording = sql.SQL("{} IS NULL" if value == "true" else "{} IS NOT NULL")
    return Condition(wording.format(_quoted(column.name)))


def _anywhere(columns: Sequence[TableColumn], part: str) -> Condition:
    return _contains(columns, part) if columns else Condition(sql.SQL("false"))


def _contains(columns: Sequence[TableColumn], part: str) -> Condition:
    """The part stands in one of the columns, in small or capital letters."""
    if "\x00" in part:
        raise BadRequest("No text in a database holds the character NUL.")
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    terms = [sql.SQL("{}::text ILIKE %s").format(_quoted(column.name)) for column in columns]
    return Condition(sql.SQL("({})").format(sql.SQL(" OR ").join(terms)), (f"%{escaped}%",) * len(terms))


def _refuse_misfit(column: TableColumn, cast: sql.Composable, value: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT {}").format(cast), [value])
    except DataError:
        raise BadRequest(
            f"{column.name} is {column.sql_type}, and {value[:80]!r} is none.", parameter=column.name
        ) from None


def _order(by_name: dict[str, TableColumn], ordering: str) -> Iterator[sql.Composable]:
    for part in filter(None, ordering.split(",")):
        name = part.removeprefix("-")
        if name not in by_name:
            raise BadRequest(f"The table cannot be ordered by {name[:80]!r}.", parameter="ordering")
        direction = sql.SQL("DESC NULLS LAST" if part.startswith("-") else "ASC NULLS LAST")
        yield sql.SQL("{} {}").format(_comparable(by_name[name]), direction)
    # So that the order of equal rows is the same on every page.
    yield sql.Identifier("id")


# --- columns as they are shown ---


def kind(column: TableColumn) -> str:
    """The type without its size: a cast to NUMERIC(4, 2) would round what it is compared with."""
    return column.sql_type.partition("(")[0]


def _comparable(column: TableColumn) -> sql.Composable:
    """A column that somebody added with SQL may be of a type without an order: it goes by its text."""
    wording = sql.SQL("{}" if kind(column) in _KNOWN else "{}::text")
    return wording.format(_quoted(column.name))


def _shown(column: TableColumn) -> sql.Composable:
    name = _quoted(column.name)
    if kind(column) != "TIMESTAMPTZ":
        return name
    moment = "CASE WHEN isfinite({0}) THEN (to_json({0} AT TIME ZONE 'UTC') #>> '{{}}') || 'Z' ELSE {0}::text END"
    return sql.SQL(moment).format(name)


def _cell(column: TableColumn, *, formula_safe: bool) -> sql.Composable:
    """As in JSON, and a text that a spreadsheet would run gets a ' before it."""
    name = _quoted(column.name)
    if kind(column) in ("BOOLEAN", "TIMESTAMP", "DATE"):
        return sql.SQL("to_json({}) #>> '{{}}'").format(name)
    if not formula_safe or holds_no_text(column):
        return _shown(column)
    formulas = sql.SQL(", ").join(map(sql.Literal, FORMULAS))
    guarded = "CASE WHEN left({0}::text, 1) IN ({1}) THEN '''' || {0}::text ELSE {0}::text END"
    return sql.SQL(guarded).format(name, formulas)


def _native(column: TableColumn, as_text: Collection[str]) -> sql.Composable:
    if column.name not in as_text:
        return sql.SQL("{}::text" if kind(column) not in _PYTHON_HAS else "{}").format(_quoted(column.name))
    return sql.SQL("CAST({} AS text)").format(_cell(column, formula_safe=False))


def is_calendar(column: TableColumn) -> bool:
    """Whether it holds dates or times."""
    return kind(column) in _BOUNDS


def holds_no_text(column: TableColumn) -> bool:
    """Whether no value of the type can look like a formula but a number."""
    return kind(column) in _KNOWN - {"TEXT", "VARCHAR"}


def _row(text: str) -> dict[str, Any]:
    return dict(json.loads(text, parse_float=Decimal, parse_int=_whole))


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < _LONGEST_WHOLE else Decimal(digits)
