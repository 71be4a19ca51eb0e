"""The findings of a preview as JSON: the response of /detect-mapping, and what the upload page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.errors import AtlasError
from core.messages import storable
from imports.analysis.dry_run import DryRun
from imports.analysis.key_proposal import KeyProposal
from imports.errors import MappingDoesNotFit, ReservedTable, UntrackedTable
from imports.extraction.extraction import Extraction
from imports.history.earlier_files import with_headers
from imports.loading.mostly_unread import as_read, mostly_unread
from imports.mapping import MappingRequest
from imports.mapping.json_values import as_object
from imports.models import ImportHistory
from imports.planning.plan import ImportPlan
from imports.readers.formats import BY_NAME
from imports.saved_mappings.shape import proposals
from imports.sources import SourceFile
from imports.table_description import TableDescription
from imports.tables.catalog import data_tables, describe
from imports.text_batches import FileInfo

#: Errors for which the table cannot be used with any strategy.
REFUSALS = {MappingDoesNotFit.code, ReservedTable.code, UntrackedTable.code}
VERSION = 8  # of the keys of the findings; pages do not show stored findings of an earlier version
MAX_TABLES = 5  # similar tables that are listed


@dataclass(frozen=True)
class AnalysisContext:
    """A file and the import that a preview plans for it."""

    source: SourceFile
    request: MappingRequest  # the user's, or that of an earlier import of a file with the same header
    earlier: ImportHistory | None  # whose request is reused
    extraction: Extraction
    plan: ImportPlan
    full_plan: ImportPlan  # with every column
    dry_run: DryRun
    key_proposal: KeyProposal | None


def findings_of(context: AnalysisContext) -> dict[str, Any]:
    """Return the findings as JSON."""
    plan, file_info = context.plan, context.extraction.info()
    mostly = mostly_unread(file_info, context.request.source_options)
    confirmed = as_read(file_info) if mostly else {}  # without which the file would not be imported
    requested = {**confirmed, **context.request.source_options}
    warnings = [*([mostly] if mostly else []), *file_info.warnings, *plan.warnings, *context.dry_run.key_warnings]
    return storable({
        "findings_version": VERSION,
        "file_name": context.source.name,
        "file_type": file_info.file_type,
        "file_size_bytes": context.source.size,
        "file_hash": context.source.sha256,
        "source_options": dict(file_info.options),
        "choices": dict(file_info.choices),
        "rows": context.dry_run.forecast["rows"],
        "not_read": file_info.not_read.as_json(),
        "table_name": plan.table_name,
        "columns": context.extraction.columns(context.request, plan, context.full_plan),
        "strategy": None if context.dry_run.forecast["stopped_by"] in REFUSALS else plan.strategy,
        "strategy_reason": str(plan.strategy_reason),
        "strategy_reason_details": plan.strategy_reason.as_json(),
        "warnings": list(map(str, warnings)),
        "warning_details": [warning.as_json() for warning in warnings],
        "key_proposal": context.key_proposal.as_json() if context.key_proposal else None,
        "mapping": _proposed(plan, context.request, file_info, requested),
        "requested_options": requested,
        "remembered": _reused_import(context.earlier),
        "saved_mapping": context.request.saved.as_json() if context.request.saved else None,
        "saved_mappings": [proposal.as_json() for proposal in proposals(file_info.header)],
        "tables": [_similar_table(table, shared, context) for table, shared in _similar_tables(plan)],
        "forecast": context.dry_run.forecast,
        "changes": _changes(context),
    })  # fmt: skip


def _changes(context: AnalysisContext) -> dict[str, Any] | None:
    """Return what the import would change in rows of the table."""
    changes = context.dry_run.changes
    if changes is None:
        return None
    return changes.as_json(context.extraction.locations([row.record_number for row in changes.rows]))


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
        "on_error": str(plan.on_error),
        "duplicate_check": _duplicate_check(plan, request),
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


def _duplicate_check(plan: ImportPlan, request: MappingRequest) -> dict[str, Any]:
    return {
        "on_match": str(plan.on_match),
        **({} if request.check_file_level else {"check_file_level": False}),
        **({"force_import": True} if request.force_import else {}),
    }


def _requested_options(request: MappingRequest) -> dict[str, Any]:
    """Return the options that do not depend on the file."""
    return {
        "strategy": request.strategy,
        **({"max_errors": request.as_given["max_errors"]} if "max_errors" in request.as_given else {}),
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
        request = replace(context.request, strategy="auto")
        plan = context.extraction.plan(request, table_name=table.name, table=with_headers(table))
        strategy: str | None = plan.strategy
        reason = plan.strategy_reason
    except AtlasError as error:
        strategy, reason = None, error.message
    return {
        "table_name": table.name, "columns_shared": shared, "columns": len(table.columns),
        "strategy": strategy, "strategy_reason": str(reason), "strategy_reason_details": reason.as_json(),
    }  # fmt: skip
