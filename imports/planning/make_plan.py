"""Decide the plan of an import: its columns, types, notations, strategy and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from core.messages import MAX_LISTED, Message
from imports.column_types import ColumnType, column_type
from imports.column_types.base import RULES_VERSION
from imports.errors import MappingDoesNotFit
from imports.identifiers import (
    ColumnPositions,
    Spelling,
    UniqueNames,
    column_names,
    nearest,
    only_columns_by_name,
    safe_column,
    spelled,
)
from imports.inference.near_misses import NearMisses
from imports.inference.profile import ColumnProfile
from imports.mapping import MappingRequest
from imports.mapping.request import DateRule
from imports.planning import messages
from imports.planning.file_evidence import FileEvidence
from imports.planning.mapped_columns import exchanged_columns, refuse_generated, twins_left_out
from imports.planning.match_columns import Unclear, match_columns
from imports.planning.notation_warnings import currency_of, exponent_warning, no_values_warning, notation_warnings
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.planning.readings import Readings
from imports.table_description import MAX_COLUMNS, TableDescription, too_many_columns
from imports.text_batches import Records

MAX_SUGGESTIONS = 5  # unknown names for which the name that was probably meant is looked for


def make_plan(
    request: MappingRequest,
    *,
    table_name: str,
    profiles: Sequence[ColumnProfile],
    columns: Records,
    table: TableDescription | None,
    source_options: Mapping[str, Any],
    near_misses: NearMisses,
    named_as: TableDescription | None = None,
) -> ImportPlan:
    """Return the plan of an import. Raises MappingDoesNotFit where file, mapping and table do not match.

    named_as: of a plan without a table, the one whose column names it has nevertheless.
    """
    evidence = FileEvidence(
        profiles, columns, table, delimiter=source_options.get("delimiter", ""), null_tokens=request.null_tokens
    )
    readings = Readings(request, profiles, columns, evidence, near_misses)
    maker = _PlanMaker(
        request, profiles, readings, table, named_as=table or named_as, is_document="record_path" in source_options
    )
    targets = maker.targets()
    refuse_generated([name for name, _ in targets], table)
    planned = [maker.plan_column(name, source) for name, source in targets]
    maker.warn_of_columns_without_values(planned)
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
        on_match=request.on_match,
        on_error=request.on_error,
        max_errors=request.max_errors,
        null_tokens=request.null_tokens,
        source_options={**request.source_options, **source_options},
        warnings=tuple(maker.warnings),
        as_given=request.as_given,
        table_columns=table_columns,
        physical_columns=table.physical_columns if table else (),
        rules_version=RULES_VERSION,
    )


class _PlanMaker:
    """Makes the decisions and collects their warnings."""

    def __init__(
        self,
        request: MappingRequest,
        profiles: Sequence[ColumnProfile],
        readings: Readings,
        table: TableDescription | None,
        *,
        named_as: TableDescription | None,
        is_document: bool,
    ) -> None:
        """named_as: the table whose columns the file's are matched with; `table`, where there is one.

        is_document: whether the file has no header, only the keys or elements that occur in it.
        """
        self.named_as = named_as
        self.is_document = is_document
        self.request = request
        self.profiles = profiles
        self.readings = readings
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
            columns = self._columns_of(headers)
            known = {*columns, *self.existing}
            names = zip(column_names(headers), columns, strict=True)
            self.columns_of = {name: column for name, column in names if name == column or name not in known}
            return list(zip(columns, range(len(headers)), strict=True))
        pairs = self._mapped(self.request.mappings, headers)
        self.columns_of = {target: self._existing_column(target) or target for target, _ in pairs}
        targets = sorted(((self.columns_of[target], at) for target, at in pairs), key=lambda pair: pair[1])
        self.warnings += [*twins_left_out(headers, targets), *exchanged_columns(self._spellings, targets, self.table)]
        return targets

    @cached_property
    def _spellings(self) -> list[Spelling]:
        of_file = [profile.header for profile in self.profiles if not profile.derived]
        return [*spelled(of_file), *(Spelling(profile.header) for profile in self.profiles if profile.derived)]

    def _columns_of(self, headers: Sequence[str]) -> list[str]:
        """Return the column of each header: the table's, else a new one of its safe name. Raises MappingDoesNotFit."""
        if self.named_as is None:
            return column_names(headers)
        matches = match_columns(self._spellings, self.named_as)
        self.warnings += matches.warnings
        if self.table:
            self._refuse_unclear(matches.unclear)
        names = UniqueNames(column.name for column in self.named_as.columns)
        return [
            column or names.add(safe_column(header) or f"column_{position}")
            for position, (header, column) in enumerate(zip(headers, matches.columns, strict=True), start=1)
        ]

    def _refuse_unclear(self, unclear: Sequence[Unclear]) -> None:
        """Raises MappingDoesNotFit, unless new columns, or existing ones only, were asked for: then it is a warning."""
        if not unclear:
            return
        columns = [[one.header[:80], ", ".join(one.columns)] for one in unclear[:MAX_LISTED]]
        if self.request.strategy == "extend_table":
            self.warnings.append(messages.UNCLEAR_COLUMNS_ADDED(columns=columns))
        elif self.request.strategy == "adapt_data":
            self.warnings.append(messages.UNCLEAR_COLUMNS_NOT_IMPORTED(columns=columns))
        else:
            raise MappingDoesNotFit(messages.COLUMNS_UNCLEAR(columns=columns), unclear_columns=dict(columns))

    def _existing_column(self, name: str) -> str | None:
        """Return the table's column of this name, or the one that this name would have been by the former rule."""
        return name if name in self.existing else self._existing_by_name.get(safe_column(name))

    @cached_property
    def _existing_by_name(self) -> dict[str, str]:
        return only_columns_by_name(self.existing)

    def _mapped(self, mappings: Mapping[str, str], headers: list[str]) -> list[tuple[str, int]]:
        """Return each target with the position of its column; none for keys that a document may have, but does not."""
        positions = ColumnPositions(headers)
        absent = {
            target: header
            for target, header in mappings.items()
            if self._is_known(target, header) and positions.of(header) is None
        }
        if len(absent) == len(mappings):
            absent = {}
        if absent:
            self.warnings.append(messages.KEYS_NOT_IN_FILE(headers=list(absent.values())))
        found = [(target, header, positions.of(header)) for target, header in mappings.items() if target not in absent]
        for _, header, position in found:
            if position is None:
                raise MappingDoesNotFit(messages.NO_SUCH_COLUMN(header=header[:80], nearest=nearest(header, headers)))
        return [(target, position) for target, _, position in found if position is not None]

    def _is_known(self, target: str, header: str) -> bool:
        """Return whether a document may lack this column: the mapping has its type, or an earlier file filled it."""
        was_there = (header, self._existing_column(target)) in self._earlier_uses
        return self.is_document and (target in self.request.db_schema or was_there)

    @cached_property
    def _earlier_uses(self) -> set[tuple[str, str | None]]:
        return {(use.spelling.text, use.column) for use in self.table.header_uses} if self.table else set()

    def warn_of_columns_without_values(self, planned: Sequence[PlannedColumn]) -> None:
        """Warn of columns of the table whose type no value decided."""
        typed = {column.name for column in planned if self.profiles[column.source].fitting()}
        self.warnings += no_values_warning(planned, typed, self.table.earlier if self.table else ())

    def warn_of_unknown_names(self, targets: set[str]) -> None:
        """Warn of names in the mapping that match nothing. They may be misspelled, or meant for other files."""
        headers = [profile.header for profile in self.profiles]
        columns = {*targets, *self.existing, *self.columns_of, *column_names(headers)}
        fields = dict.fromkeys(rule.field for rule in self.request.date_rules)
        self._warn_of_unknown("datetime_transformations.field", fields, {*headers, *targets})
        self._warn_of_unknown("db_schema", self.request.db_schema, columns)

    def _warn_of_unknown(self, place: str, names: Iterable[str], known: set[str]) -> None:
        unknown = [name[:80] for name in names if name not in known]
        candidates = sorted(known) if unknown else []
        for name in unknown[:MAX_SUGGESTIONS]:
            self.warnings.append(messages.UNKNOWN_NAME(place=place, name=name, nearest=nearest(name, candidates)))
        if more := unknown[MAX_SUGGESTIONS:]:
            self.warnings.append(messages.MORE_UNKNOWN_NAMES(place=place, names=more))

    # --- which type and reading

    def plan_column(self, name: str, source: int) -> PlannedColumn:
        profile = self.profiles[source]
        requested_type = self._requested_type(name, source)
        if requested_type is None:
            decision = self.readings.infer(name, source)
            self.warnings += exponent_warning(name, profile, decision)
        else:
            rules = self._date_rules(name, profile)
            decision = self.readings.for_type(requested_type, name, source, rules, is_new=name not in self.existing)
        decision = self.readings.checked(name, source, decision)
        self.warnings += [*decision.warnings, *(question.warning for question in decision.questions)]
        earlier = self.table.earlier if self.table else ()
        self.warnings += notation_warnings(name, profile, decision, earlier, is_new=name not in self.existing)
        return PlannedColumn(
            name=name,
            source=source,
            header=profile.header,
            sql_type=decision.taken.sql_type,
            reading=decision.taken.reading,
            is_new=name not in self.existing,
            inferred=requested_type is None,
            misfits=decision.misfits,
            values=decision.values,
            near_miss=decision.near_miss,
            evidence=decision.evidence,
            questions=decision.questions,
            formulas=profile.formula_texts > 0,
            currency=currency_of(decision, profile),
            empty=not profile.first_values,
            shows=self.readings.shows(source, decision),
        )

    def _requested_type(self, name: str, source: int) -> ColumnType | None:
        wanted = self.types.get(name)
        if name in self.existing:
            existing_type = column_type(self.existing[name])
            if wanted is not None and wanted != existing_type:
                self.warnings.append(messages.TYPE_STAYS(column=name, type=existing_type.sql))
            return existing_type
        if wanted is not None:
            return wanted
        rules = self._date_rules(name, self.profiles[source])
        return self.readings.type_of(rules, source) if rules else None

    def _date_rules(self, name: str, profile: ColumnProfile) -> list[DateRule]:
        called = {name, profile.header}
        return [
            rule for rule in self.request.date_rules if rule.field in called or self.columns_of.get(rule.field) == name
        ]

    # --- into what

    def strategy(self, planned: list[PlannedColumn]) -> tuple[str, Message, list[PlannedColumn]]:
        """Return the strategy, its reason and the columns that remain."""
        strategy_name = self.request.strategy
        if self.table is None:
            return self._strategy_for_new_table(strategy_name, planned)
        new = [column for column in planned if column.is_new]
        filled = {column.name for column in planned}
        absent = [name for name in self.existing if name not in filled]
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
