"""What the other columns of a file and the earlier imports of its table say about how a column is read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.conf import settings

from imports.column_types import NUMBER_TYPES
from imports.column_types.date_formats import date_order
from imports.inference.candidates import Candidate
from imports.inference.profile import ColumnProfile
from imports.planning import messages
from imports.planning.digit_groups import DigitGroups, digit_groups
from imports.planning.evidence import (
    DATE_ORDER,
    DECIMAL,
    DELIMITER,
    NEIGHBOUR,
    OTHER_COLUMN,
    PIVOT_YEAR,
    SAME_COLUMN,
    THOUSANDS,
    Evidence,
)
from imports.table_description import EarlierImport, TableDescription
from imports.text_batches import Records

#: Columns of a file that count for one reading: more say no more, and a plan must not grow with columns times columns.
MAX_AGREEING = 2

#: What is said of a neighbour, and of earlier imports.
_OF_NEIGHBOUR = {
    DECIMAL: messages.NEIGHBOUR_DECIMAL,
    THOUSANDS: messages.NEIGHBOUR_THOUSANDS,
    DATE_ORDER: messages.NEIGHBOUR_DATE_ORDER,
}
_OF_EARLIER = {
    DECIMAL: messages.EARLIER_DECIMAL,
    THOUSANDS: messages.EARLIER_THOUSANDS,
    DATE_ORDER: messages.EARLIER_DATE_ORDER,
}
_AMBIGUOUS = {
    messages.AMBIGUOUS_COMMA.code, messages.AMBIGUOUS_POINT.code, messages.AMBIGUOUS_DATE_ORDER.code,
}  # fmt: skip


class FileEvidence:
    """The evidence of one file and its table; what a column shows is found out when it is first needed."""

    def __init__(
        self,
        profiles: Sequence[ColumnProfile],
        columns: Records,
        table: TableDescription | None,
        *,
        delimiter: str,
        null_tokens: Collection[str],
    ) -> None:
        self._profiles = profiles
        self._columns = columns
        self._earlier = table.earlier if table else ()
        self._delimiter = delimiter
        self._null_tokens = null_tokens
        self._groups: dict[int, DigitGroups] = {}

    def about(self, source: int, column: str) -> list[Evidence]:
        """Return the evidence for the reading of a column. source: its position in the file; column: of the table."""
        return [*self._of_neighbours(source), *self._of_delimiter(), *self._of_earlier_imports(column)]

    def groups(self, source: int) -> DigitGroups:
        """Return how the digits of a column are grouped."""
        if source not in self._groups:
            self._groups[source] = digit_groups(self._columns.column(source), self._null_tokens)
        return self._groups[source]

    @cached_property
    def shown(self) -> list[dict[str, str]]:
        """Return what the values of each column show, whatever else is known: DECIMAL, THOUSANDS, DATE_ORDER."""
        return [self._shown_by(source, profile) for source, profile in enumerate(self._profiles)]

    def pivot_year(self, column: str) -> int | None:
        """Return the pivot of two-digit years that was set for the latest import of the table into the column."""
        for earlier in self._earlier:
            pivot = (earlier.config.get("source_options") or {}).get(PIVOT_YEAR)
            if pivot is not None and column in (earlier.config.get("mappings") or {}):
                return int(pivot)
        return None

    # --- the file

    def _of_neighbours(self, source: int) -> Iterator[Evidence]:
        """Yield what other columns show: a few that agree, or one for each value where they contradict each other."""
        for about, columns_of in self._showing.items():
            others = {value: [at for at in columns if at != source] for value, columns in columns_of.items()}
            agree = sum(bool(positions) for positions in others.values()) == 1
            for value, positions in others.items():
                for position in positions[: MAX_AGREEING if agree else 1]:
                    header = self._profiles[position].header
                    reason = _OF_NEIGHBOUR[about](column=header or f"#{position + 1}", value=value)
                    yield Evidence(about, value, NEIGHBOUR, reason)

    @cached_property
    def _showing(self) -> dict[str, dict[str, list[int]]]:
        """Return what is shown -> value -> the first columns that show it."""
        showing: dict[str, dict[str, list[int]]] = {}
        for position, shown in enumerate(self.shown):
            for about, value in shown.items():
                columns = showing.setdefault(about, {}).setdefault(value, [])
                if len(columns) <= MAX_AGREEING:  # one more: a column is no neighbour of its own
                    columns.append(position)
        return showing

    def _of_delimiter(self) -> Iterator[Evidence]:
        if self._delimiter == ";" and len(self._profiles) > 1:
            yield Evidence(DECIMAL, ",", DELIMITER, messages.SEMICOLONS())

    def _shown_by(self, source: int, profile: ColumnProfile) -> dict[str, str]:
        fitting = profile.all_fitting()
        orders = {date_order(candidate.reading.source_format) for candidate in fitting} - {""}
        if orders:
            return {DATE_ORDER: orders.pop()} if len(orders) == 1 else {}
        numbers = [candidate for candidate in fitting if candidate.sql_type.name in NUMBER_TYPES]
        if not numbers or profile.typed:
            return {}
        if any(candidate.sql_type.is_whole for candidate in numbers) and not self._are_grouped(source, numbers):
            return {}
        decimals = {candidate.reading.decimal for candidate in numbers}
        thousands = {candidate.reading.thousands for candidate in numbers}
        return {
            **({DECIMAL: decimals.pop()} if len(decimals) == 1 else {}),
            **({THOUSANDS: thousands.pop()} if len(thousands) == 1 and thousands != {""} else {}),
        }

    def _are_grouped(self, source: int, numbers: Sequence[Candidate]) -> bool:
        """Return whether whole numbers have thousands separators, and are not addresses, part numbers or lists."""
        if any(not candidate.reading.thousands for candidate in numbers):
            return False
        return self.groups(source).are_thousands

    # --- the table

    def _of_earlier_imports(self, column: str) -> Iterator[Evidence]:
        for about, sentence in _OF_EARLIER.items():
            same = {shown[column][about] for shown in self._shown_before if about in shown.get(column, {})}
            for value in sorted(same):
                yield Evidence(about, value, SAME_COLUMN, sentence(column=column, value=value))
            others = {} if same else self._others_before(about)
            for value, name in sorted(others.items()):
                yield Evidence(about, value, OTHER_COLUMN, sentence(column=name, value=value))

    def _others_before(self, about: str) -> dict[str, str]:
        """Return each value that earlier imports show, with a column that showed it, of the latest."""
        return {
            values[about]: name
            for shown in reversed(self._shown_before)
            for name, values in shown.items()
            if about in values
        }

    @cached_property
    def _shown_before(self) -> list[dict[str, dict[str, str]]]:
        """Return for each earlier import, the latest first, what its columns showed."""
        return [_shown_by_plan(earlier) for earlier in self._earlier]


def _shown_by_plan(earlier: EarlierImport) -> dict[str, dict[str, str]]:
    """Return column -> what it showed. What an import only assumed, with a warning, shows nothing."""
    columns = earlier.config.get("columns")
    if not isinstance(columns, list):
        return {}  # an import by a caller's own code
    if columns and "shows" in columns[0]:
        return {column["name"]: column["shows"] for column in columns}
    if earlier.warnings is None:
        return _shown_without_warnings(columns)
    assumed = {warning["params"].get("column") for warning in earlier.warnings if warning["code"] in _AMBIGUOUS}
    return {column["name"]: _shown_by_reading(column) for column in columns if column["name"] not in assumed}


def _shown_without_warnings(columns: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return what columns show of an import that did not store what it only assumed.

    An order other than that of the settings was none of these.
    """
    orders = {column["name"]: date_order(column.get("source_format", "")) for column in columns}
    return {name: {DATE_ORDER: order} for name, order in orders.items() if order not in ("", settings.ATLAS_DATE_ORDER)}


def _shown_by_reading(column: Mapping[str, Any]) -> dict[str, str]:
    """Return what a plan shows that was made before plans stored it. The usual reading shows nothing."""
    order = date_order(column.get("source_format", ""))
    if order:
        return {DATE_ORDER: order}
    decimal, thousands = column.get("decimal", "."), column.get("thousands", "")
    known = {DECIMAL: decimal} if decimal == "," or thousands == "," else {}
    return known | ({THOUSANDS: thousands} if thousands else {})
