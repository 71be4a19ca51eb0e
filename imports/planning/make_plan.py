"""Decide the plan of an import: its columns, types, notations, strategy and key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import pyarrow as pa

from core.messages import Message
from imports.column_types import NUMBER_TYPES, PLAIN, ColumnType, Reading, column_type
from imports.column_types.date_formats import date_order
from imports.column_types.formula_texts import inside_formulas
from imports.column_types.named_formats import NAMED_FORMATS
from imports.errors import MappingDoesNotFit
from imports.identifiers import column_names, column_position, matching_column, nearest, unique_name
from imports.inference.profile import (
    BestReading,
    Candidate,
    ColumnProfile,
    best_reading,
    possible_readings,
)
from imports.mapping import MappingRequest
from imports.mapping.request import DateRule
from imports.planning import messages
from imports.planning.plan import ImportPlan, PlannedColumn, number_marks
from imports.table_description import MAX_COLUMNS, TableDescription, too_many_columns


class ColumnTexts(Protocol):
    """The columns of file and rules, to be looked at once more where a type was not inferred but asked for."""

    def column(self, position: int) -> Iterable[pa.Array]: ...


def make_plan(
    request: MappingRequest,
    *,
    table_name: str,
    profiles: Sequence[ColumnProfile],
    columns: ColumnTexts,
    table: TableDescription | None,
    source_options: Mapping[str, Any],
) -> ImportPlan:
    """Return the plan of an import. Raises MappingDoesNotFit where file, mapping and table do not match."""
    maker = _PlanMaker(request, profiles, columns, table)
    planned = [maker.plan_column(name, source) for name, source in maker.targets()]
    maker.warn_of_unknown_names({column.name for column in planned})
    strategy, reason, planned = maker.strategy(planned)
    table_columns = len(maker.existing.keys() | {column.name for column in planned})
    if table_columns > MAX_COLUMNS and any(column.is_new for column in planned):
        raise too_many_columns()
    return ImportPlan(
        table_name=table_name,
        strategy=strategy,
        strategy_reason=reason,
        columns=tuple(planned),
        header=tuple(profile.header for profile in profiles if not profile.derived),
        unique_columns=maker.unique_columns(planned),
        check_duplicates=request.check_duplicates,
        on_error=request.on_error,
        max_errors=request.max_errors,
        null_tokens=request.null_tokens,
        source_options={**request.source_options, **source_options},
        warnings=tuple(maker.warnings),
        as_given=request.as_given,
        table_columns=table_columns,
        physical_columns=table.physical_columns if table else (),
    )


class _PlanMaker:
    """Makes the decisions and collects their warnings."""

    def __init__(
        self,
        request: MappingRequest,
        profiles: Sequence[ColumnProfile],
        columns: ColumnTexts,
        table: TableDescription | None,
    ) -> None:
        self.request = request
        self.profiles = profiles
        self.columns = columns
        self.table = table
        self.existing = {column.name: column.sql_type for column in table.columns} if table else {}
        self.warnings: list[Message] = []
        self.columns_of: dict[str, str] = {}  # name that was asked for, or a header's safe name -> column

    @cached_property
    def types(self) -> dict[str, ColumnType]:
        """The types that were asked for, by column."""
        return {self.columns_of.get(name, name): sql_type for name, sql_type in self.request.db_schema.items()}

    # --- which columns

    def targets(self) -> list[tuple[str, int]]:
        """Return each table column with its position in the file, in the file's order."""
        headers = [profile.header for profile in self.profiles]
        if self.request.mappings is None:
            self.columns_of = self._columns_of(headers)
            return list(zip(self.columns_of.values(), range(len(headers)), strict=True))
        pairs = [(target, self._position(header, headers)) for target, header in self.request.mappings.items()]
        self.columns_of = {target: self._existing_column(target) or target for target, _ in pairs}
        return sorted(((self.columns_of[target], at) for target, at in pairs), key=lambda pair: pair[1])

    def _columns_of(self, headers: Sequence[str]) -> dict[str, str]:
        """Return the column for the safe name of a header: as in earlier imports, else of that name."""
        names = column_names(headers)
        if self.table is None:
            return {name: name for name in names}
        columns: dict[str, str] = {}
        for name, header in zip(names, headers, strict=True):
            column = self.table.headers.get(header)
            if column and column not in columns.values():
                columns[name] = column
        for name in names:
            if name not in columns:
                taken = set(columns.values())
                columns[name] = self._existing_column(name, taken) or unique_name(name, taken | self.existing.keys())
        return {name: columns[name] for name in names}

    def _existing_column(self, name: str, taken: Collection[str] = ()) -> str | None:
        """Return the table's column of this name, or the one that this name would have been by the former rule."""
        free = [column for column in self.existing if column not in taken]
        return name if name in free else matching_column(name, free)

    def _position(self, header: str, headers: list[str]) -> int:
        position = column_position(header, headers)
        if position is None:
            raise MappingDoesNotFit(messages.NO_SUCH_COLUMN(header=header[:80], nearest=nearest(header, headers)))
        return position

    def warn_of_unknown_names(self, targets: set[str]) -> None:
        """Warn of names in the mapping that match nothing. They may be misspelled, or meant for other files."""
        headers = [profile.header for profile in self.profiles]
        columns = {*targets, *self.existing, *self.columns_of, *column_names(headers)}
        for rule in self.request.date_rules:
            self._warn_of_unknown("datetime_transformations.field", rule.field, {*headers, *targets})
        for name in self.request.db_schema:
            self._warn_of_unknown("db_schema", name, columns)

    def _warn_of_unknown(self, place: str, name: str, known: set[str]) -> None:
        if name not in known:
            near = nearest(name, sorted(known))
            self.warnings.append(messages.UNKNOWN_NAME(place=place, name=name[:80], nearest=near))

    # --- which type and reading

    def plan_column(self, name: str, source: int) -> PlannedColumn:
        profile = self.profiles[source]
        requested_type = self._requested_type(name, profile)
        inferred = self._inferred(profile)
        if requested_type is None:
            (sql_type, reading), fits, values = self._infer_type(name, profile, inferred), 0, 0
        else:
            sql_type = requested_type
            best = self._reading_for(requested_type, name, source, inferred)
            reading, fits, values = best.reading, best.fits, best.values
        is_new = name not in self.existing
        return PlannedColumn(
            name, source, profile.header, sql_type, reading, is_new, requested_type is None, values - fits, values,
            profile.formula_texts > 0,
        )  # fmt: skip

    def _requested_type(self, name: str, profile: ColumnProfile) -> ColumnType | None:
        wanted = self.types.get(name)
        if name in self.existing:
            existing_type = column_type(self.existing[name])
            if wanted is not None and wanted != existing_type:
                self.warnings.append(messages.TYPE_STAYS(column=name, type=existing_type.sql))
            return existing_type
        if wanted is not None:
            return wanted
        rule = self._date_rule(name, profile)
        return column_type(_type_of_format(rule.target_format or rule.source_format)) if rule else None

    def _date_rule(self, name: str, profile: ColumnProfile) -> DateRule | None:
        called = {name, profile.header, *(requested for requested, column in self.columns_of.items() if column == name)}
        return next((rule for rule in self.request.date_rules if rule.field in called), None)

    def _inferred(self, profile: ColumnProfile) -> list[Candidate]:
        return profile.fitting(**number_marks(self.request.source_options))

    def _infer_type(self, name: str, profile: ColumnProfile, fitting: list[Candidate]) -> tuple[ColumnType, Reading]:
        if not fitting:
            return column_type("TEXT"), PLAIN
        chosen = self._in_date_order(fitting)
        rivals = profile.rivals(chosen)
        if rivals and not self._is_set_by_options(chosen):
            self.warnings.append(ambiguity(name, chosen, rivals))
        return chosen.sql_type, chosen.reading

    def _in_date_order(self, fitting: list[Candidate]) -> Candidate:
        first = fitting[0]
        same_type = [
            candidate
            for candidate in fitting
            if candidate.sql_type == first.sql_type and candidate.reading.source_format
        ]
        if not first.reading.source_format:
            return first
        wanted = self.request.date_order
        return next(
            (candidate for candidate in same_type if date_order(candidate.reading.source_format) == wanted), first
        )

    def _is_set_by_options(self, chosen: Candidate) -> bool:
        options = self.request.source_options
        return "date_order" in options if chosen.reading.source_format else "decimal" in options

    def _reading_for(self, sql_type: ColumnType, name: str, source: int, inferred: list[Candidate]) -> BestReading:
        """Return the reading for a type that was asked for, and how many values fit it where that was counted."""
        rule = self._date_rule(name, self.profiles[source])
        if rule:
            readings = [Reading(source_format=rule.source_format)]
            if name not in self.existing:
                return BestReading(readings[0], 0, 0)  # nothing to choose, and no table that it might not fit
        elif sql_type.name == "TEXT" and not sql_type.size:
            return BestReading(PLAIN, 0, 0)
        else:
            same = [candidate for candidate in inferred if candidate.sql_type == sql_type]
            if same:
                return BestReading(self._infer_type(name, self.profiles[source], same)[1], 0, 0)
            readings = self._possible_readings(sql_type)
        texts = self.columns.column(source)
        if self.profiles[source].formula_texts:
            texts = map(inside_formulas, texts)
        return best_reading(texts, sql_type, readings, self.request.null_tokens)

    def _possible_readings(self, sql_type: ColumnType) -> list[Reading]:
        readings = possible_readings(sql_type)
        options = self.request.source_options
        if sql_type.name in NUMBER_TYPES:
            readings = [
                reading for reading in readings
                if options.get("decimal", reading.decimal) == reading.decimal
                and options.get("thousands", reading.thousands) == reading.thousands
            ] or [Reading(options.get("decimal", "."), options.get("thousands", ""))]  # fmt: skip
        # The order that the settings prefer goes first, so that it wins where several fit alike.
        return sorted(
            readings, key=lambda reading: date_order(reading.source_format) not in ("", self.request.date_order)
        )

    # --- into what

    def strategy(self, planned: list[PlannedColumn]) -> tuple[str, Message, list[PlannedColumn]]:
        """Return the strategy, its reason and the columns that remain."""
        strategy_name = self.request.strategy
        if self.table is None:
            return self._strategy_for_new_table(strategy_name, planned)
        new = [column for column in planned if column.is_new]
        absent = [name for name in self.existing if name not in {column.name for column in planned}]
        if strategy_name == "new_table":
            raise MappingDoesNotFit(messages.TABLE_EXISTS(table=self.table.name), table_name=self.table.name)
        if len(new) == len(planned):
            raise MappingDoesNotFit(
                messages.NO_COLUMN_IN_TABLE(table=self.table.name), table_columns=list(self.existing)
            )
        if strategy_name == "auto":
            strategy_name, reason = self._choose_strategy(planned, new, absent)
        else:
            reason = messages.ASKED_FOR()
        if strategy_name == "merge_exact" and (new or absent):
            raise MappingDoesNotFit(messages.COLUMNS_DIFFER(new=[column.name for column in new], absent=absent))
        if strategy_name == "adapt_data" and new:
            self.warnings.append(messages.COLUMNS_WITHOUT_HOME(headers=[column.header for column in new]))
            planned = [column for column in planned if not column.is_new]
        return strategy_name, reason, planned

    def _strategy_for_new_table(
        self, strategy_name: str, planned: list[PlannedColumn]
    ) -> tuple[str, Message, list[PlannedColumn]]:
        if strategy_name not in ("auto", "new_table"):
            raise MappingDoesNotFit(messages.NEEDS_TABLE(strategy=strategy_name))
        return "new_table", messages.NO_TABLE_YET(), planned

    def _choose_strategy(
        self, planned: list[PlannedColumn], new: list[PlannedColumn], absent: list[str]
    ) -> tuple[str, Message]:
        misfitting = [column for column in planned if column.misfits]
        for column in misfitting:
            self._refuse_mostly_invalid(column)
            self.warnings.append(
                messages.INVALID_VALUES(
                    column=column.name, invalid=column.misfits, values=column.values, type=column.sql_type.sql
                )
            )
        if new:
            return "extend_table", messages.NEW_COLUMNS(columns=[column.name for column in new])
        if misfitting:
            return "adapt_data", messages.VALUES_DO_NOT_FIT(columns=[column.name for column in misfitting])
        if absent:
            return "adapt_data", messages.COLUMNS_ABSENT(columns=absent)
        return "merge_exact", messages.EVERYTHING_FITS()

    def _refuse_mostly_invalid(self, column: PlannedColumn) -> None:
        if column.misfits * 2 > column.values:
            raise MappingDoesNotFit(
                messages.MOSTLY_INVALID(
                    column=column.name, type=column.sql_type.sql, invalid=column.misfits, values=column.values
                ),
                column=column.name,
            )

    def unique_columns(self, planned: list[PlannedColumn]) -> tuple[str, ...]:
        """Return the key by the table's column names; a header of the file may replace its column."""
        by_header = {column.header: column.name for column in planned} | self.columns_of
        by_header |= {column.name: column.name for column in planned}
        for name in self.request.unique_columns:
            if name not in by_header:
                raise MappingDoesNotFit(messages.KEY_NOT_IMPORTED(name=name[:80], nearest=nearest(name, by_header)))
        return tuple(dict.fromkeys(by_header[name] for name in self.request.unique_columns))


def _type_of_format(format_: str) -> str:
    if format_ in NAMED_FORMATS:
        return NAMED_FORMATS[format_].types[0]
    if not any(directive in format_ for directive in ("%H", "%I")):
        return "DATE"
    if not any(directive in format_ for directive in ("%Y", "%y")):
        return "TIME"
    return "TIMESTAMPTZ" if "%z" in format_ else "TIMESTAMP"


def ambiguity(name: str, chosen: Candidate, rivals: list[Candidate]) -> Message:
    """Return the warning about what only a user can know."""
    if chosen.reading.source_format:
        others = [date_order(rival.reading.source_format) for rival in rivals]
        return messages.AMBIGUOUS_DATE_ORDER(column=name, taken=date_order(chosen.reading.source_format), others=others)
    sentence = messages.AMBIGUOUS_COMMA if rivals[0].reading.decimal == "," else messages.AMBIGUOUS_POINT
    return sentence(column=name, taken=chosen.reading.decimal)
