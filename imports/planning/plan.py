"""Request + profile + the table as it is -> what this import does: decided once and stored in mapping_config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.messages import Message
from imports.column_types import ColumnType, Reading
from imports.column_types.base import PIVOT_YEAR, RULES_VERSION
from imports.identifiers import source_names
from imports.inference.near_misses import NearMiss
from imports.inference.profile import ColumnProfile
from imports.mapping.request import MaxErrors, OnError, OnMatch
from imports.planning.decide import Question
from imports.planning.evidence import Evidence
from imports.table_description import BESIDE, OWN, SURELY_FITS, Layout, TableColumn


@dataclass(frozen=True)
class PlannedColumn:
    """A column of the table that the file fills."""

    name: str
    source: int  # position in the file's header, from 0; behind it, what the mapping's rules made
    header: str  # as the file spells it, or the target of the rule
    sql_type: ColumnType
    reading: Reading
    is_new: bool  # this import adds it to the table
    inferred: bool  # from the values; else the table or the mapping says the type
    misfits: int = 0  # values that are known not to fit; 0 where the type was inferred
    values: int = 0  # of which these are; 0 where they were not counted
    currency: str = ""  # the one that its amounts are in; it decides nothing for this import
    empty: bool = False  # whether the file has no value for it
    near_miss: NearMiss | None = None  # why the column is text
    formulas: bool = False  # whether ="00123" is the text 00123
    evidence: tuple[Evidence, ...] = ()  # what was weighed where values fit several readings
    questions: tuple[Question, ...] = ()  # what that did not decide
    shows: Mapping[str, str] = field(default_factory=dict)  # for later imports: the notation that is certain

    def as_config(self) -> dict[str, Any]:
        """Return what mapping_config stores of it; `shows` and `evidence` decide nothing for this import any more."""
        return {
            "name": self.name,
            "source": self.source,
            "header": self.header,
            "sql_type": self.sql_type.sql,
            "is_new": self.is_new,
            **self.reading.as_config(),
            **({"formulas": True} if self.formulas else {}),
            **({"currency": self.currency} if self.currency else {}),
            **({"empty": True} if self.empty else {}),
            "shows": dict(self.shows),
            **({"evidence": [item.as_json() for item in self.evidence]} if self.evidence else {}),
        }


@dataclass(frozen=True)
class ImportPlan:
    """Everything an import does with its file. Types, corrections and errors depend on it and the file alone."""

    table_name: str
    strategy: str  # one of ImportStrategy
    strategy_reason: Message
    columns: tuple[PlannedColumn, ...]
    header: tuple[str, ...]  # of the file
    unique_columns: tuple[str, ...]  # key of the duplicate check; empty: whole rows
    on_match: OnMatch
    on_error: OnError
    max_errors: MaxErrors
    null_tokens: tuple[str, ...]
    source_options: Mapping[str, Any]  # as understood, so that the run can be repeated
    warnings: tuple[Message, ...]
    as_given: Mapping[str, Any]
    table_columns: int  # of the user's, once this import is in
    physical_columns: tuple[str | None, ...] = ()  # those of the TableDescription; empty for a new table
    rules_version: int = RULES_VERSION

    @property
    def check_duplicates(self) -> bool:
        return self.on_match != OnMatch.INSERT

    @property
    def empty_keys_match(self) -> bool:
        """Whether records without a key are compared with each other, as by the rules of earlier versions."""
        return self.rules_version < 2

    @property
    def rejects_irregular_rows(self) -> bool:
        """Whether `reject_row` rejects rows that have too few fields, or were read otherwise than the file's; by the
        rules of earlier versions it rejected invalid values only."""
        return self.rules_version >= 2

    @property
    def rejects_unstorable_rows(self) -> bool:
        """Whether a row is rejected that has characters no column can hold, as by the rules of earlier versions; now
        such a cell is empty."""
        return self.rules_version < 2

    @property
    def new_columns(self) -> list[TableColumn]:
        return [TableColumn(column.name, column.sql_type.sql) for column in self.columns if column.is_new]

    @property
    def number_marks(self) -> dict[str, str | None]:
        return number_marks(self.source_options)

    @property
    def layouts(self) -> list[Layout]:
        """Return how its rows are stored: in the table, and in staging for the duplicate check."""
        names = [column.name for column in self.columns]
        others = [None] * (self.table_columns - len(names))
        table = [*OWN[:1], *names, *OWN[1:], *others]
        if self.physical_columns:
            table = [
                *self.physical_columns,
                *(column.name for column in self.columns if column.name not in self.physical_columns),
            ]
        if not self.check_duplicates or not (self.physical_columns or self.unique_columns):
            return [table]
        return [table, [*names, *([] if self.unique_columns else others), *BESIDE]]

    def holds_for(self, profiles: Sequence[ColumnProfile]) -> bool:
        """Return whether nothing that was read since the plan was made shows that it is not the plan of the whole
        file."""
        return len(profiles) <= len(self.header) and all(
            profiles[column.source].admits(
                column.sql_type,
                replace(column.reading, pivot_year=PIVOT_YEAR),
                **self.number_marks,
                order=self.source_options.get("date_order"),
            )
            for column in self.columns
            if column.inferred
        )

    def produces_same_rows_as(self, other: ImportPlan) -> bool:
        """Return whether both make the same rows of the same records."""
        own_columns, other_columns = (
            [(column.name, column.source, column.sql_type, column.reading, column.formulas) for column in plan.columns]
            for plan in (self, other)
        )
        return own_columns == other_columns and self.header == other.header

    @property
    def sources(self) -> dict[str, str]:
        """Return for each column what a mapping calls its source: the header, or its safe name if it is not unique."""
        names = source_names(self.header)
        return {
            column.name: names[column.source] if column.source < len(names) else column.header
            for column in self.columns
        }

    def target_of(self, source: int | None) -> str | None:
        """Return the table's column that is filled from this position, the first of several; None where none is."""
        return next((column.name for column in self.columns if column.source == source), None)

    def as_config(self) -> dict[str, Any]:
        """Return mapping_config: the resolved keys of the request, and what only the plan knows."""
        return {
            **self.as_given,
            "rules_version": self.rules_version,
            "table_name": self.table_name,
            "strategy": self.strategy,
            "strategy_reason": str(self.strategy_reason),
            "strategy_reason_details": self.strategy_reason.as_json(),
            "mappings": {column.name: column.header for column in self.columns},
            "db_schema": {column.name: column.sql_type.sql for column in self.columns},
            "unique_columns": list(self.unique_columns),
            "check_duplicates": self.check_duplicates,
            "on_match": str(self.on_match),
            "on_error": str(self.on_error),
            "source_options": {**self.source_options, "null_tokens": list(self.null_tokens)},
            "header": list(self.header),
            "table_columns": self.table_columns,
            **self._stored_order(),
            "columns": [column.as_config() for column in self.columns],
        }  # fmt: skip

    def _stored_order(self) -> dict[str, Any]:
        """Return the order of the table's columns, which only the width of a row depends on."""
        is_needed = self.physical_columns and len(self.columns) > SURELY_FITS
        return {"places": list(self.physical_columns)} if is_needed else {}


def number_marks(source_options: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the decimal and thousands separators set for the whole file; None: each column has its own."""
    return {"decimal": source_options.get("decimal"), "thousands": source_options.get("thousands")}
