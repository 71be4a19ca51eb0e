"""Decide the plan of an import: its columns, types, notations, strategy and key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import pyarrow as pa

from core.messages import Message
from imports.column_types import NUMBER_TYPES, PLAIN, ColumnType, Reading, column_type
from imports.column_types.date_formats import date_order
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


class Columns(Protocol):
    """The columns of file and rules, to be looked at once more where a type was not inferred but asked for."""

    def column(self, position: int) -> Iterable[pa.Array]: ...


def make_plan(
    request: MappingRequest,
    *,
    table_name: str,
    profiles: Sequence[ColumnProfile],
    columns: Columns,
    table: TableDescription | None,
    source_options: Mapping[str, Any],
) -> ImportPlan:
    """Raise MappingDoesNotFit where file, mapping and table do not go together."""
    maker = _PlanMaker(request, profiles, columns, table)
    planned = [maker.plan_column(name, source) for name, source in maker.targets()]
    maker.warn_of_unknown_names({one.name for one in planned})
    strategy, reason, planned = maker.strategy(planned)
    table_columns = len(maker.existing.keys() | {one.name for one in planned})
    if table_columns > MAX_COLUMNS and any(one.is_new for one in planned):
        raise too_many_columns()
    return ImportPlan(
        table_name=table_name,
        strategy=strategy,
        strategy_reason=str(reason),
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
        places=table.places if table else (),
    )


class _PlanMaker:
    """Makes the decisions and collects their warnings."""

    def __init__(
        self,
        request: MappingRequest,
        profiles: Sequence[ColumnProfile],
        columns: Columns,
        table: TableDescription | None,
    ) -> None:
        self.request = request
        self.profiles = profiles
        self.columns = columns
        self.table = table
        self.existing = {one.name: one.sql_type for one in table.columns} if table else {}
        self.warnings: list[Message] = []
        self.columns_of: dict[str, str] = {}  # name that was asked for, or a header's safe name -> column

    @cached_property
    def types(self) -> dict[str, ColumnType]:
        """The types that were asked for, by column."""
        return {self.columns_of.get(name, name): sql_type for name, sql_type in self.request.db_schema.items()}

    # --- which columns

    def targets(self) -> list[tuple[str, int]]:
        """Yield each table column with its position in the file, in the file's order."""
        headers = [profile.header for profile in self.profiles]
        if self.request.mappings is None:
            self.columns_of = self._columns_of(headers)
            return list(zip(self.columns_of.values(), range(len(headers)), strict=True))
        found = [(target, self._position(header, headers)) for target, header in self.request.mappings.items()]
        self.columns_of = {target: self._existing_column(target) or target for target, _ in found}
        return sorted(((self.columns_of[target], at) for target, at in found), key=lambda pair: pair[1])

    def _columns_of(self, headers: Sequence[str]) -> dict[str, str]:
        """Return the column for the safe name of a header: as in earlier imports, else of that name."""
        names = column_names(headers)
        if self.table is None:
            return {name: name for name in names}
        found: dict[str, str] = {}
        for name, header in zip(names, headers, strict=True):
            column = self.table.headers.get(header)
            if column and column not in found.values():
                found[name] = column
        for name in names:
            if name not in found:
                taken = set(found.values())
                found[name] = self._existing_column(name, taken) or unique_name(name, taken | self.existing.keys())
        return {name: found[name] for name in names}

    def _existing_column(self, name: str, taken: Collection[str] = ()) -> str | None:
        """Return the table's column of this name, or the one that this name would have been by the former rule."""
        free = [one for one in self.existing if one not in taken]
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
        asked = self._asked_type(name, profile)
        inferred = self._inferred(profile)
        if asked is None:
            (sql_type, reading), fits, values = self._infer_type(name, profile, inferred), 0, 0
        else:
            sql_type = asked
            found = self._reading_for(asked, name, source, inferred)
            reading, fits, values = found.reading, found.fits, found.values
        is_new = name not in self.existing
        return PlannedColumn(
            name, source, profile.header, sql_type, reading, is_new, asked is None, values - fits, values
        )  # fmt: skip

    def _asked_type(self, name: str, profile: ColumnProfile) -> ColumnType | None:
        wanted = self.types.get(name)
        if name in self.existing:
            found = column_type(self.existing[name])
            if wanted is not None and wanted != found:
                self.warnings.append(messages.TYPE_STAYS(column=name, type=found.sql))
            return found
        if wanted is not None:
            return wanted
        rule = self._date_rule(name, profile)
        return column_type(_type_of_format(rule.target_format or rule.source_format)) if rule else None

    def _date_rule(self, name: str, profile: ColumnProfile) -> DateRule | None:
        called = {name, profile.header, *(asked for asked, column in self.columns_of.items() if column == name)}
        return next((rule for rule in self.request.date_rules if rule.field in called), None)

    def _inferred(self, profile: ColumnProfile) -> list[Candidate]:
        return profile.fitting(**number_marks(self.request.source_options))

    def _infer_type(self, name: str, profile: ColumnProfile, fitting: list[Candidate]) -> tuple[ColumnType, Reading]:
        if not fitting:
            return column_type("TEXT"), PLAIN
        chosen = self._in_date_order(fitting)
        rivals = profile.rivals(chosen)
        if rivals and not self._was_told(chosen):
            self.warnings.append(ambiguity(name, chosen, rivals))
        return chosen.sql_type, chosen.reading

    def _in_date_order(self, fitting: list[Candidate]) -> Candidate:
        first = fitting[0]
        kin = [one for one in fitting if one.sql_type == first.sql_type and one.reading.source_format]
        if not first.reading.source_format:
            return first
        wanted = self.request.date_order
        return next((one for one in kin if date_order(one.reading.source_format) == wanted), first)

    def _was_told(self, chosen: Candidate) -> bool:
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
            same = [one for one in inferred if one.sql_type == sql_type]
            if same:
                return BestReading(self._infer_type(name, self.profiles[source], same)[1], 0, 0)
            readings = self._possible_readings(sql_type)
        return best_reading(self.columns.column(source), sql_type, readings, self.request.null_tokens)

    def _possible_readings(self, sql_type: ColumnType) -> list[Reading]:
        readings = possible_readings(sql_type)
        options = self.request.source_options
        if sql_type.name in NUMBER_TYPES:
            readings = [
                one for one in readings
                if options.get("decimal", one.decimal) == one.decimal
                and options.get("thousands", one.thousands) == one.thousands
            ] or [Reading(options.get("decimal", "."), options.get("thousands", ""))]  # fmt: skip
        # The order that the settings prefer goes first, so that it wins where several fit alike.
        return sorted(readings, key=lambda one: date_order(one.source_format) not in ("", self.request.date_order))

    # --- into what

    def strategy(self, planned: list[PlannedColumn]) -> tuple[str, Message, list[PlannedColumn]]:
        """Return the strategy, its reason and the columns that remain."""
        asked = self.request.strategy
        if self.table is None:
            return self._strategy_for_new_table(asked, planned)
        new = [one for one in planned if one.is_new]
        absent = [name for name in self.existing if name not in {one.name for one in planned}]
        if asked == "new_table":
            raise MappingDoesNotFit(messages.TABLE_EXISTS(table=self.table.name), table_name=self.table.name)
        if len(new) == len(planned):
            raise MappingDoesNotFit(
                messages.NO_COLUMN_IN_TABLE(table=self.table.name), table_columns=list(self.existing)
            )
        if asked == "auto":
            asked, reason = self._choose_strategy(planned, new, absent)
        else:
            reason = messages.ASKED_FOR()
        if asked == "merge_exact" and (new or absent):
            raise MappingDoesNotFit(messages.COLUMNS_DIFFER(new=[one.name for one in new], absent=absent))
        if asked == "adapt_data" and new:
            self.warnings.append(messages.COLUMNS_WITHOUT_HOME(headers=[one.header for one in new]))
            planned = [one for one in planned if not one.is_new]
        return asked, reason, planned

    def _strategy_for_new_table(
        self, asked: str, planned: list[PlannedColumn]
    ) -> tuple[str, Message, list[PlannedColumn]]:
        if asked not in ("auto", "new_table"):
            raise MappingDoesNotFit(messages.NEEDS_TABLE(strategy=asked))
        return "new_table", messages.NO_TABLE_YET(), planned

    def _choose_strategy(
        self, planned: list[PlannedColumn], new: list[PlannedColumn], absent: list[str]
    ) -> tuple[str, Message]:
        misfitting = [one for one in planned if one.misfits]
        for one in misfitting:
            self._refuse_mostly_invalid(one)
            self.warnings.append(
                messages.INVALID_VALUES(column=one.name, invalid=one.misfits, values=one.values, type=one.sql_type.sql)
            )
        if new:
            return "extend_table", messages.NEW_COLUMNS(columns=[one.name for one in new])
        if misfitting:
            return "adapt_data", messages.VALUES_DO_NOT_FIT(columns=[one.name for one in misfitting])
        if absent:
            return "adapt_data", messages.COLUMNS_ABSENT(columns=absent)
        return "merge_exact", messages.EVERYTHING_FITS()

    def _refuse_mostly_invalid(self, one: PlannedColumn) -> None:
        if one.misfits * 2 > one.values:
            raise MappingDoesNotFit(
                messages.MOSTLY_INVALID(column=one.name, type=one.sql_type.sql, invalid=one.misfits, values=one.values),
                column=one.name,
            )

    def unique_columns(self, planned: list[PlannedColumn]) -> tuple[str, ...]:
        """Return the key by the table's column names; a header of the file may replace its column."""
        by_header = {one.header: one.name for one in planned} | self.columns_of
        by_header |= {one.name: one.name for one in planned}
        for name in self.request.unique_columns:
            if name not in by_header:
                raise MappingDoesNotFit(messages.KEY_NOT_IMPORTED(name=name[:80], nearest=nearest(name, by_header)))
        return tuple(dict.fromkeys(by_header[name] for name in self.request.unique_columns))


def _type_of_format(format_: str) -> str:
    if not any(directive in format_ for directive in ("%H", "%I")):
        return "DATE"
    if not any(directive in format_ for directive in ("%Y", "%y")):
        return "TIME"
    return "TIMESTAMPTZ" if "%z" in format_ else "TIMESTAMP"


def ambiguity(name: str, chosen: Candidate, rivals: list[Candidate]) -> Message:
    """Return the warning about what only a user can know."""
    if chosen.reading.source_format:
        others = [date_order(one.reading.source_format) for one in rivals]
        return messages.AMBIGUOUS_DATE_ORDER(column=name, taken=date_order(chosen.reading.source_format), others=others)
    sentence = messages.AMBIGUOUS_COMMA if rivals[0].reading.decimal == "," else messages.AMBIGUOUS_POINT
    return sentence(column=name, taken=chosen.reading.decimal)
