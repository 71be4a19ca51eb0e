"""What a look at a file found, as JSON holds it: the answer of /detect-mapping and what the upload page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import AtlasError
from core.messages import storable
from imports.analysis.ambiguities import ambiguity_of
from imports.analysis.closest_type import closest_type
from imports.analysis.sample_values import values_as_read, values_as_stored
from imports.errors import MappingDoesNotFit, ReservedTable, UntrackedTable
from imports.inference.profile import Candidate, ColumnProfile
from imports.mapping import MappingRequest
from imports.mapping.json_values import as_object
from imports.models import ImportHistory
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.sources import SourceFile
from imports.table_description import TableDescription
from imports.tables.catalog import data_tables, describe
from imports.text_batches import FileInfo, Records

#: For which no strategy goes into the table that is meant.
REFUSALS = {MappingDoesNotFit.code, ReservedTable.code, UntrackedTable.code}
VERSION = 3  # of what the findings have; those that were kept in an earlier version have no page any more
MAX_TABLES = 5  # that the file would fit, with what an import into each would be


@dataclass(frozen=True)
class AnalysisContext:
    """A file and what an import of it would be."""

    source: SourceFile
    request: MappingRequest  # what was asked for, or what an earlier import of such a file was asked for
    earlier: ImportHistory | None  # that one
    file_info: FileInfo
    records: Records  # as the rules make them
    profiles: list[ColumnProfile]
    plan: ImportPlan
    everything: ImportPlan  # a plan that takes every column
    plan_into: Callable[[TableDescription], ImportPlan]  # with the strategy left open
    forecast: dict[str, Any]


def findings_of(look: AnalysisContext) -> dict[str, Any]:
    """Columns are in the file's order, those that rules make behind them."""
    plan, file_info = look.plan, look.file_info
    warnings = [*file_info.warnings, *plan.warnings]
    return storable({
        "findings_version": VERSION,
        "file_name": look.source.name,
        "file_type": file_info.file_type,
        "file_size_bytes": look.source.size,
        "file_hash": look.source.sha256,
        "source_options": dict(file_info.options),
        "choices": dict(file_info.choices),
        "rows": look.forecast["rows"],
        "table_name": plan.table_name,
        "columns": list(_columns(look)),
        "strategy": None if look.forecast["stopped_by"] in REFUSALS else plan.strategy,
        "strategy_reason": plan.strategy_reason,
        "warnings": list(map(str, warnings)),
        "warning_details": [one.as_json() for one in warnings],
        "mapping": _proposed(plan, look.request),
        "remembered": _remembered(look.earlier),
        "tables": [_fitting(table, shared, look) for table, shared in _tables_like(plan)],
        "forecast": look.forecast,
    })  # fmt: skip


def _columns(look: AnalysisContext) -> Iterator[dict[str, Any]]:
    """Every column of the file and of the rules, in their order: those that the plan takes and those it leaves."""
    keys = look.plan.unique_columns
    taken = {one.source for one in look.plan.columns}
    rule_effects = bool(look.request.transformations or look.request.filter_rows)
    first_values = values_as_read(look.records, look.profiles, rule_effects=rule_effects)
    left = [one for one in look.everything.columns if one.source not in taken]
    for one in sorted([*look.plan.columns, *left], key=lambda one: one.source):
        yield _column(one, look, first_values[one.source]) | {"take": one.source in taken, "key": one.name in keys}


def _column(planned: PlannedColumn, look: AnalysisContext, first_values: list[str | None]) -> dict[str, Any]:
    profile = look.profiles[planned.source]
    return {
        "header": planned.header,
        "name": planned.name,
        "sql_type": planned.sql_type.sql,
        "type_given": not planned.inferred,
        **planned.reading.as_config(),
        "evidence": _evidence(planned, profile),
        "native_text": profile.native_text,
        "near_miss": _near_miss(planned, look),
        "values": profile.values,
        "null_tokens": profile.null_tokens,
        "first_values": first_values,
        "first_values_after": values_as_stored(planned, profile, look.plan.null_tokens),
        "doubt": ambiguity_of(planned, look.profiles, look.request),
    }


def _evidence(planned: PlannedColumn, profile: ColumnProfile) -> list[dict[str, Any]]:
    """How many values the type fits as it is read, then in other readings that come into question."""
    if not planned.inferred and planned.values:
        fits = {"fits": planned.values - planned.misfits, "of": planned.values}
        return [{"sql_type": planned.sql_type.sql, **planned.reading.as_config(), **fits}]
    chosen = (planned.sql_type.sql, planned.reading.as_config())
    rivals = profile.rivals(Candidate(planned.sql_type, planned.reading))
    in_question = [chosen, *((one.sql_type.sql, one.reading.as_config()) for one in rivals[:1])]
    told = [
        one for one in profile.evidence()
        if (one["sql_type"], _reading(one)) in in_question or (one["sql_type"] == chosen[0] and "source_format" in one)
    ]  # fmt: skip
    return sorted(told, key=lambda one: _reading(one) != chosen[1])


def _reading(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in evidence.items() if key not in ("sql_type", "fits", "of")}


def _near_miss(planned: PlannedColumn, look: AnalysisContext) -> dict[str, Any] | None:
    """Of a column that is text only for some of its values."""
    if not planned.inferred or planned.sql_type.name != "TEXT" or look.profiles[planned.source].native_text:
        return None
    return closest_type(look.records.column(planned.source), look.plan.null_tokens)


def _proposed(plan: ImportPlan, request: MappingRequest) -> dict[str, Any]:
    """A mapping that imports the file as it was understood, for a person to change."""
    return {
        "table_name": plan.table_name,
        "mappings": {one.name: one.header for one in plan.columns},
        "db_schema": {one.name: one.sql_type.sql for one in plan.columns},
        "rules": as_object(request.as_given.get("rules"), "rules"),
        "unique_columns": list(plan.unique_columns),
        "check_duplicates": plan.check_duplicates,
        "on_error": str(plan.on_error),
        **_as_asked(request),
        "source_options": dict(request.source_options),
    }


def _as_asked(request: MappingRequest) -> dict[str, Any]:
    """What nothing in the file decides."""
    duplicate_check = as_object(request.as_given.get("duplicate_check"), "duplicate_check")
    kept = {key: duplicate_check[key] for key in ("check_file_level", "force_import") if key in duplicate_check}
    return {
        "strategy": request.strategy,
        **({"max_errors": request.as_given["max_errors"]} if "max_errors" in request.as_given else {}),
        **({"duplicate_check": kept} if kept else {}),
    }


def _remembered(earlier: ImportHistory | None) -> dict[str, Any] | None:
    if earlier is None or earlier.import_timestamp is None:
        return None
    return {
        "import_id": str(earlier.pk),
        "file_name": earlier.file_name,
        "table_name": earlier.table_name,
        "import_timestamp": f"{earlier.import_timestamp:%Y-%m-%dT%H:%M:%SZ}",
    }


def _tables_like(plan: ImportPlan) -> list[tuple[TableDescription, int]]:
    """Tables that have at least half of the file's columns, the best first, and how many they share."""
    names = {one.name for one in plan.columns}
    found = [(table, _shared(table, names)) for table in map(describe, data_tables())]
    fitting = [(table, shared) for table, shared in found if names and shared * 2 >= len(names)]
    return sorted(fitting, key=lambda pair: -pair[1])[:MAX_TABLES]


def _shared(table: TableDescription, names: set[str]) -> int:
    return sum(column.name in names for column in table.columns)


def _fitting(table: TableDescription, shared: int, look: AnalysisContext) -> dict[str, Any]:
    """What an import into this table would be; no strategy where it would be refused."""
    try:
        plan = look.plan_into(table)
        strategy: str | None = plan.strategy
        reason = plan.strategy_reason
    except AtlasError as error:
        strategy, reason = None, str(error)
    return {
        "table_name": table.name, "columns_shared": shared, "columns": len(table.columns),
        "strategy": strategy, "strategy_reason": reason,
    }  # fmt: skip
