"""The findings of a preview as JSON: the response of /detect-mapping, and what the upload page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import AtlasError
from core.messages import Message, storable
from imports.analysis.ambiguities import questions_of
from imports.analysis.sample_values import values_as_read, values_as_stored
from imports.errors import MappingDoesNotFit, ReservedTable, UntrackedTable
from imports.inference.near_misses import NearMiss
from imports.inference.profile import ColumnProfile
from imports.loading.mostly_unread import as_read, mostly_unread
from imports.mapping import MappingRequest
from imports.mapping.json_values import as_object
from imports.models import ImportHistory
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.readers.formats import BY_NAME
from imports.sources import SourceFile
from imports.table_description import TableDescription
from imports.tables.catalog import data_tables, describe
from imports.text_batches import FileInfo, Records

#: Errors for which the table cannot be used with any strategy.
REFUSALS = {MappingDoesNotFit.code, ReservedTable.code, UntrackedTable.code}
VERSION = 6  # of the keys of the findings; pages do not show stored findings of an earlier version
MAX_TABLES = 5  # similar tables that are listed


@dataclass(frozen=True)
class AnalysisContext:
    """A file and the import that a preview plans for it."""

    source: SourceFile
    request: MappingRequest  # the user's, or that of an earlier import of a file with the same header
    earlier: ImportHistory | None  # whose request is reused
    file_info: FileInfo
    records: Records  # after the transformations
    profiles: list[ColumnProfile]
    plan: ImportPlan
    full_plan: ImportPlan  # with every column
    plan_into: Callable[[TableDescription], ImportPlan]  # with the strategy left open
    forecast: dict[str, Any]  # of the dry run
    key_warnings: list[Message]  # of the dry run


def findings_of(context: AnalysisContext) -> dict[str, Any]:
    """Return the findings as JSON. Columns are in the file's order, followed by those of transformations."""
    plan, file_info = context.plan, context.file_info
    mostly = mostly_unread(file_info, context.request.source_options)
    confirmed = as_read(file_info) if mostly else {}  # without which the file would not be imported
    requested = {**confirmed, **context.request.source_options}
    warnings = [*([mostly] if mostly else []), *file_info.warnings, *plan.warnings, *context.key_warnings]
    return storable({
        "findings_version": VERSION,
        "file_name": context.source.name,
        "file_type": file_info.file_type,
        "file_size_bytes": context.source.size,
        "file_hash": context.source.sha256,
        "source_options": dict(file_info.options),
        "choices": dict(file_info.choices),
        "rows": context.forecast["rows"],
        "not_read": file_info.not_read.as_json(),
        "table_name": plan.table_name,
        "columns": list(_columns(context)),
        "strategy": None if context.forecast["stopped_by"] in REFUSALS else plan.strategy,
        "strategy_reason": str(plan.strategy_reason),
        "strategy_reason_details": plan.strategy_reason.as_json(),
        "warnings": list(map(str, warnings)),
        "warning_details": [warning.as_json() for warning in warnings],
        "mapping": _proposed(plan, context.request, file_info, requested),
        "requested_options": requested,
        "remembered": _reused_import(context.earlier),
        "tables": [_similar_table(table, shared, context) for table, shared in _similar_tables(plan)],
        "forecast": context.forecast,
    })  # fmt: skip


def _columns(context: AnalysisContext) -> Iterator[dict[str, Any]]:
    """Yield every column of the file and of the transformations, in order, imported or not."""
    keys = context.plan.unique_columns
    imported = {column.source for column in context.plan.columns}
    rule_effects = bool(context.request.transformations or context.request.filter_rows)
    first_values = values_as_read(context.records, context.profiles, rule_effects=rule_effects)
    others = [column for column in context.full_plan.columns if column.source not in imported]
    for column in sorted([*context.plan.columns, *others], key=lambda column: column.source):
        choices = {"take": column.source in imported, "key": column.name in keys}
        yield _column(column, context, first_values[column.source]) | choices


def _column(planned: PlannedColumn, context: AnalysisContext, first_values: list[str | None]) -> dict[str, Any]:
    profile = context.profiles[planned.source]
    return {
        "header": planned.header,
        "name": planned.name,
        "sql_type": planned.sql_type.sql,
        "type_given": not planned.inferred,
        **planned.reading.as_config(),
        "evidence": _evidence(planned, profile),
        "native_text": profile.native_text,
        "reasons": [{**item.as_json(), "reason": str(item.reason)} for item in planned.evidence],
        "near_miss": _near_miss(planned.near_miss),
        "values": profile.values,
        "null_tokens": profile.null_tokens,
        "first_values": first_values,
        "first_values_after": values_as_stored(planned, profile, context.plan.null_tokens),
        "questions": questions_of(planned, context.profiles, context.request),
    }


def _evidence(planned: PlannedColumn, profile: ColumnProfile) -> list[dict[str, Any]]:
    """Return how many values are valid in the chosen type and reading, then in the readings that are alternatives."""
    if not planned.inferred and planned.values:
        fits = {"fits": planned.values - planned.misfits, "of": planned.values}
        return [{"sql_type": planned.sql_type.sql, **planned.reading.as_config(), **fits}]
    chosen = (planned.sql_type.sql, planned.reading.as_config())
    rivals = [question.choices[1] for question in planned.questions]
    alternatives = [chosen, *((rival.sql_type.sql, rival.reading.as_config()) for rival in rivals)]
    shown = [
        item for item in profile.evidence()
        if (item["sql_type"], _reading(item)) in alternatives
        or (item["sql_type"] == chosen[0] and "source_format" in item)
    ]  # fmt: skip
    return sorted(shown, key=lambda item: _reading(item) != chosen[1])


def _reading(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in evidence.items() if key not in ("sql_type", "fits", "of")}


def _near_miss(near_miss: NearMiss | None) -> dict[str, Any] | None:
    """Return the type of most values of a text column, and the first values that are not of it."""
    if near_miss is None:
        return None
    return {
        "sql_type": near_miss.candidate.sql_type.sql, **near_miss.candidate.reading.as_config(),
        "fits": near_miss.fits, "of": near_miss.values,
        "misfits": [{"value": value, "location": location} for value, location in near_miss.misfits],
    }  # fmt: skip


def _proposed(
    plan: ImportPlan, request: MappingRequest, file_info: FileInfo, requested: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a mapping that imports the file as previewed, and the next of its kind, for the user to change."""
    return {
        "table_name": plan.table_name,
        "mappings": plan.sources,
        "db_schema": {column.name: column.sql_type.sql for column in plan.columns},
        "rules": as_object(request.as_given.get("rules"), "rules"),
        "unique_columns": list(plan.unique_columns),
        "check_duplicates": plan.check_duplicates,
        "on_error": str(plan.on_error),
        **_requested_options(request),
        "source_options": {**_options_of_its_kind(file_info), **requested},
    }


def _options_of_its_kind(file_info: FileInfo) -> dict[str, Any]:
    """Return the options by which other files of this kind are read too; a sheet only where there are several."""
    names = BY_NAME[file_info.file_type].proposed
    options = {name: file_info.options[name] for name in names if name in file_info.options}
    if len(file_info.choices.get("sheet", ())) == 1:
        options.pop("sheet", None)
    return options


def _requested_options(request: MappingRequest) -> dict[str, Any]:
    """Return the options that do not depend on the file."""
    duplicate_check = as_object(request.as_given.get("duplicate_check"), "duplicate_check")
    options = {key: duplicate_check[key] for key in ("check_file_level", "force_import") if key in duplicate_check}
    return {
        "strategy": request.strategy,
        **({"max_errors": request.as_given["max_errors"]} if "max_errors" in request.as_given else {}),
        **({"duplicate_check": options} if options else {}),
    }


def _reused_import(earlier: ImportHistory | None) -> dict[str, Any] | None:
    if earlier is None or earlier.import_timestamp is None:
        return None
    return {
        "import_id": str(earlier.pk),
        "file_name": earlier.file_name,
        "table_name": earlier.table_name,
        "import_timestamp": f"{earlier.import_timestamp:%Y-%m-%dT%H:%M:%SZ}",
    }


def _similar_tables(plan: ImportPlan) -> list[tuple[TableDescription, int]]:
    """Return the tables with at least half of the file's columns, most shared columns first, and their number."""
    names = {column.name for column in plan.columns}
    tables = [(table, _shared(table, names)) for table in map(describe, data_tables())]
    similar = [(table, shared) for table, shared in tables if names and shared * 2 >= len(names)]
    return sorted(similar, key=lambda pair: -pair[1])[:MAX_TABLES]


def _shared(table: TableDescription, names: set[str]) -> int:
    return sum(column.name in names for column in table.columns)


def _similar_table(table: TableDescription, shared: int, context: AnalysisContext) -> dict[str, Any]:
    """Return what an import into this table would do; strategy null if it would be refused."""
    try:
        plan = context.plan_into(table)
        strategy: str | None = plan.strategy
        reason = plan.strategy_reason
    except AtlasError as error:
        strategy, reason = None, error.message
    return {
        "table_name": table.name, "columns_shared": shared, "columns": len(table.columns),
        "strategy": strategy, "strategy_reason": str(reason), "strategy_reason_details": reason.as_json(),
    }  # fmt: skip
