"""The query of a table's page: filters, search, order and page position, and the filters in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from core.errors import BadRequest
from imports.table_description import TableColumn
from imports.tables.queries.as_of import Place
from imports.tables.queries.conditions import column_and_ending
from imports.tables.queries.keyset_pages import Cursor
from imports.tables.queries.selection import Selection, select_rows
from lineage.pages import messages

#: Parameters that are not column names; a column of such a name needs a filter ending, as in search__eq.
PARAMETERS = {"search", "sort", "metadata", "after", "before", "end", "column", "condition", "value", "as_of"}
MAX_ID = 2**63 - 1

#: Endings of filter names, with their labels.
CONDITIONS = {
    "eq": "is", "ne": "is not", "contains": "contains", "gte": "is at least", "gt": "is more than",
    "lte": "is at most", "lt": "is less than",
}  # fmt: skip
EMPTY, NOT_EMPTY = "empty", "not_empty"
NULLNESS = {EMPTY: "is empty", NOT_EMPTY: "is not empty"}

Filter = tuple[str, str]


@dataclass(frozen=True)
class TableQuery:
    """The query in the address of a table's page."""

    filters: tuple[Filter, ...]  # (`age__gte`, value)
    search: str
    sort: str
    metadata: bool
    page_cursor: Cursor
    as_of: str = ""  # an import, or a time; empty: as it is now

    @classmethod
    def from_address(cls, address: QueryDict) -> TableQuery:
        """Raises BadRequest."""
        filters = tuple((name, value) for name, values in address.lists() for value in values if name not in PARAMETERS)
        return cls(
            filters, address.get("search", ""), address.get("sort", ""), "metadata" in address, _cursor(address),
            address.get("as_of", "").replace("\x00", ""),
        )  # fmt: skip

    def rows(self, table_name: str, place: Place | None = None) -> Selection:
        """place: what as_of comes to. Raises UnknownTable, ReservedTable, UntrackedTable, BadRequest."""
        return select_rows(
            table_name,
            filters=self.filters,
            search=self.search,
            ordering=self.sort,
            include_metadata=self.metadata,
            place=place,
        )

    def filtered_by(self, column: str, condition: str, value: str) -> TableQuery:
        """Return the query with one more filter, on the first page. condition: of CONDITIONS or NULLNESS."""
        added = (f"{column}__{condition}", value)
        if condition in NULLNESS:
            added = (f"{column}__isnull", "true" if condition == EMPTY else "false")
        return replace(self, filters=(*self.filters, added), page_cursor=Cursor())

    def without(self, removed: Filter) -> TableQuery:
        return replace(self, filters=tuple(item for item in self.filters if item != removed), page_cursor=Cursor())

    @property
    def is_narrowed(self) -> bool:
        return bool(self.filters or self.search)

    def only_import(self) -> UUID | None:
        """Return the import whose rows alone are shown; None without such a filter."""
        values = [value for name, value in self.filters if name in ("_import_id", "_import_id__eq")]
        return UUID(values[0]) if len(values) == 1 else None

    def fields(self) -> list[Filter]:
        """Return all parameters but those of the form: for its hidden fields."""
        return [*self.filters, *_non_empty(sort=self.sort, metadata="1" if self.metadata else "")]

    def as_query(self) -> str:
        """Return the query string from its ?, without the page position."""
        return _query([*self.fields(), *_non_empty(search=self.search, as_of=self.as_of)])

    def as_api_query(self) -> str:
        """Return the query string of the same rows in the API."""
        metadata = "true" if self.metadata else ""
        others = _non_empty(search=self.search, ordering=self.sort, include_metadata=metadata, as_of=self.as_of)
        return _query([*self.filters, *others])


def _non_empty(**params: str) -> list[Filter]:
    return [(name, value) for name, value in params.items() if value]


def _query(pairs: list[Filter]) -> str:
    return f"?{urlencode(pairs)}" if pairs else ""


def _cursor(address: QueryDict) -> Cursor:
    for name, backwards in {"after": False, "before": True}.items():
        if name in address:
            return Cursor(_row_id(name, address.get(name, "")), backwards)
    return Cursor(backwards="end" in address)


def _row_id(name: str, text: str) -> int:
    row_id = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else MAX_ID + 1
    if row_id > MAX_ID:
        raise BadRequest(messages.NOT_A_ROW_ID(parameter=name), parameter=name)
    return row_id


def filter_in_words(item: Filter, columns: Mapping[str, TableColumn]) -> str:
    """Return a filter in words: age__gte, 30 -> age is at least 30. Raises BadRequest."""
    name, value = item
    column, ending = column_and_ending(columns, name)
    if ending == "isnull":
        return f"{column.name} {NULLNESS[EMPTY if value == 'true' else NOT_EMPTY]}"
    return f"{column.name} {CONDITIONS[ending]} {value or '“”'}"
