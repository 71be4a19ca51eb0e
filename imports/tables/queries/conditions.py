"""Filters and orders of a data table's rows, as SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import DataError, connection, transaction
from psycopg import sql

from core.errors import BadRequest
from imports.column_types import TYPES
from imports.table_description import TableColumn
from imports.tables import messages

ID = TableColumn("id", "BIGINT")
METADATA = (
    TableColumn("_import_id", "UUID"),
    TableColumn("_imported_at", "TIMESTAMPTZ"),
    TableColumn("_source_row_number", "INTEGER"),
    TableColumn("_corrections_applied", "JSONB"),
)
#: Endings of a filter's name, as in `age__gte`; a bare name means equal. Other endings: contains, isnull.
COMPARISONS = {"eq": "=", "ne": "IS DISTINCT FROM", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
KNOWN = {type_.name for type_ in TYPES} | {"VARCHAR"}


@dataclass(frozen=True)
class Condition:
    """One term of a WHERE, with the values of its placeholders in order."""

    term: sql.Composable
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class SortColumn:
    """A column by which rows are sorted. NULL comes last in both directions."""

    column: TableColumn
    descending: bool = False

    def term(self, *, backwards: bool = False) -> sql.Composable:
        """Return the term of an ORDER BY. backwards: the last row first."""
        direction = "DESC" if self.descending != backwards else "ASC"
        if self.column == ID:  # never NULL; without the word its index serves both directions
            return sql.SQL("{} {}").format(comparable(ID), sql.SQL(direction))
        nulls = "FIRST" if backwards else "LAST"
        return sql.SQL("{} {} NULLS {}").format(comparable(self.column), sql.SQL(direction), sql.SQL(nulls))


def condition_of(by_name: dict[str, TableColumn], name: str, value: str) -> Condition:
    column, ending = column_and_ending(by_name, name)
    if ending == "isnull":
        return _is_null(column, value)
    if ending == "contains":
        return _contains([column], value)
    _refuse_invalid_value(column, value)
    return compared(column, COMPARISONS[ending], value)


def compared(column: TableColumn, operator: str, value: str) -> Condition:
    term = sql.SQL("{} {} {}").format(comparable(column), sql.SQL(operator), _cast(column))
    return Condition(term, (value,))


def _cast(column: TableColumn) -> sql.Composable:
    type_ = kind(column) if kind(column) in KNOWN else "TEXT"
    return sql.SQL("CAST(%s AS {})").format(sql.SQL(type_))


def column_and_ending(by_name: Mapping[str, TableColumn], name: str) -> tuple[TableColumn, str]:
    """Return column and ending of a filter such as `age__gte`; eq if it has no ending. Raises BadRequest."""
    if name in by_name:
        return by_name[name], "eq"
    start, _, ending = name.rpartition("__")
    if start in by_name and ending in (*COMPARISONS, "contains", "isnull"):
        return by_name[start], ending
    raise BadRequest(messages.NEITHER_PARAMETER_NOR_COLUMN(name=name[:80]), parameter=name[:80])


def _is_null(column: TableColumn, value: str) -> Condition:
    if value not in ("true", "false"):
        raise BadRequest(messages.ISNULL_TRUE_OR_FALSE(column=column.name), parameter=f"{column.name}__isnull")
    template = sql.SQL("{} IS NULL" if value == "true" else "{} IS NOT NULL")
    return Condition(template.format(quoted(column.name)))


def anywhere(columns: Sequence[TableColumn], text: str) -> Condition:
    return _contains(columns, text) if columns else Condition(sql.SQL("false"))


def _contains(columns: Sequence[TableColumn], text: str) -> Condition:
    """Return the condition that one of the columns contains the text, ignoring case."""
    if "\x00" in text:
        raise BadRequest(messages.NUL_IN_SEARCH())
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    terms = [sql.SQL("{}::text ILIKE %s").format(quoted(column.name)) for column in columns]
    return Condition(sql.SQL("({})").format(sql.SQL(" OR ").join(terms)), (f"%{escaped}%",) * len(terms))


def _refuse_invalid_value(column: TableColumn, value: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT {}").format(_cast(column)), [value])
    except DataError:
        message = messages.NOT_OF_COLUMN_TYPE(column=column.name, type=column.sql_type, value=value[:80])
        raise BadRequest(message, parameter=column.name) from None


def order_of(by_name: dict[str, TableColumn], ordering: str) -> Iterator[SortColumn]:
    for part in filter(None, ordering.split(",")):
        name = part.removeprefix("-")
        if name not in by_name:
            raise BadRequest(messages.NO_SUCH_ORDER(name=name[:80]), parameter="ordering")
        yield SortColumn(by_name[name], descending=part.startswith("-"))
    # The id comes last, so that the order of equal rows is the same on every page.
    yield SortColumn(ID)


def all_of(conditions: Sequence[Condition]) -> sql.Composable:
    terms = [condition.term for condition in conditions] or [sql.SQL("true")]
    return sql.SQL(" AND ").join(terms)


def values_of(conditions: Sequence[Condition]) -> list[str]:
    return [value for condition in conditions for value in condition.values]


def kind(column: TableColumn) -> str:
    """Return the type without its size: a cast to NUMERIC(4, 2) would round the value of a filter."""
    return column.sql_type.partition("(")[0]


def comparable(column: TableColumn) -> sql.Composable:
    """Return the column, or its text if its type may have no order: users can add columns of any type with SQL."""
    template = sql.SQL("{}" if kind(column) in KNOWN else "{}::text")
    return template.format(quoted(column.name))


def quoted(*names: str) -> sql.Identifier:
    """Return the identifier for a query with placeholders, in which a % of a name must be doubled."""
    return sql.Identifier(*(name.replace("%", "%%") for name in names))
