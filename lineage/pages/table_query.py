"""What the address of a table's page asks for: filters, a part to find, an order and a place; and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict

from core.errors import BadRequest
from imports.table_description import TableColumn
from imports.tables.queries.conditions import column_and_ending
from imports.tables.queries.keyset_pages import Cursor
from imports.tables.queries.selection import Selection, select_rows
from lineage.pages import messages

#: Parameters that are not the name of a column; a column that is called so is asked for with its ending.
PARAMETERS = {"search", "sort", "metadata", "after", "before", "end", "column", "condition", "value"}
MAX_ID = 2**63 - 1

#: Endings of a filter's name, as people say them.
CONDITIONS = {
    "eq": "is", "ne": "is not", "contains": "contains", "gte": "is at least", "gt": "is more than",
    "lte": "is at most", "lt": "is less than",
}  # fmt: skip
EMPTY, NOT_EMPTY = "empty", "not_empty"
NULLNESS = {EMPTY: "is empty", NOT_EMPTY: "is not empty"}

Filter = tuple[str, str]


@dataclass(frozen=True)
class AskedRows:
    """One address of a table's page."""

    filters: tuple[Filter, ...]  # `age__gte` and a value
    search: str
    sort: str
    metadata: bool
    place: Cursor

    @classmethod
    def of(cls, address: QueryDict) -> AskedRows:
        """Raises BadRequest."""
        filters = tuple((name, value) for name, values in address.lists() for value in values if name not in PARAMETERS)
        return cls(filters, address.get("search", ""), address.get("sort", ""), "metadata" in address, _place(address))

    def rows(self, table_name: str) -> Selection:
        """Raises UnknownTable, ReservedTable, UntrackedTable, BadRequest."""
        return select_rows(
            table_name,
            filters=self.filters,
            search=self.search,
            ordering=self.sort,
            include_metadata=self.metadata,
        )

    def filtered_by(self, column: str, condition: str, value: str) -> AskedRows:
        """With one condition more, from the beginning. column: a name; condition: of CONDITIONS or NULLNESS."""
        added = (f"{column}__{condition}", value)
        if condition in NULLNESS:
            added = (f"{column}__isnull", "true" if condition == EMPTY else "false")
        return replace(self, filters=(*self.filters, added), place=Cursor())

    def without(self, one: Filter) -> AskedRows:
        return replace(self, filters=tuple(kept for kept in self.filters if kept != one), place=Cursor())

    @property
    def is_narrowed(self) -> bool:
        return bool(self.filters or self.search)

    def fields(self) -> list[Filter]:
        """What stands in the address beside the part to find: hidden fields of a form."""
        return [*self.filters, *_given(sort=self.sort, metadata="1" if self.metadata else "")]

    def as_query(self) -> str:
        """For an address of this page, from its ?; without the place."""
        return _query([*self.fields(), *_given(search=self.search)])

    def as_api_query(self) -> str:
        """The same rows by the names of the API."""
        metadata = "true" if self.metadata else ""
        return _query([*self.filters, *_given(search=self.search, ordering=self.sort, include_metadata=metadata)])


def _given(**named: str) -> list[Filter]:
    return [(name, value) for name, value in named.items() if value]


def _query(pairs: list[Filter]) -> str:
    return f"?{urlencode(pairs)}" if pairs else ""


def _place(address: QueryDict) -> Cursor:
    for name, backwards in {"after": False, "before": True}.items():
        if name in address:
            return Cursor(_row_id(name, address.get(name, "")), backwards)
    return Cursor(backwards="end" in address)


def _row_id(name: str, given: str) -> int:
    row_id = int(given) if given.isascii() and given.isdigit() and len(given) < 20 else MAX_ID + 1
    if row_id > MAX_ID:
        raise BadRequest(messages.NOT_A_ROW_ID(parameter=name), parameter=name)
    return row_id


def filter_in_words(one: Filter, known: Mapping[str, TableColumn]) -> str:
    """age__gte, 30 -> age is at least 30. Raises BadRequest."""
    name, value = one
    column, ending = column_and_ending(known, name)
    if ending == "isnull":
        return f"{column.name} {NULLNESS[EMPTY if value == 'true' else NOT_EMPTY]}"
    return f"{column.name} {CONDITIONS[ending]} {value or '“”'}"
