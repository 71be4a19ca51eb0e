"""A test run of a mapping on a file: what an import would do, with its first errors. Nothing is imported or stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.actors import Actor
from core.messages import storable
from imports.analysis.analyse import analysed
from imports.analysis.findings import REFUSALS, AnalysisContext
from imports.mapping import MappingRequest
from imports.sources import SourceFile
from imports.sources.disk_space import refuse_if_short
from imports.user_limits import count_preview


def run_mapping_test(source: SourceFile, request: MappingRequest, actor: Actor) -> dict[str, Any]:
    """Return the result as JSON. Raises AtlasError if the file cannot be read or does not fit the mapping."""
    refuse_if_short()
    count_preview(actor)
    with analysed(source, request) as context:
        return _result(context)


def _result(context: AnalysisContext) -> dict[str, Any]:
    plan, forecast, file_info = context.plan, context.dry_run.forecast, context.extraction.info()
    errors, changes = context.dry_run.first_errors, context.dry_run.changes
    locations = context.extraction.locations([error["record_number"] for error in errors])
    warnings = [*file_info.warnings, *plan.warnings, *context.dry_run.key_warnings]
    return storable({
        "file_name": context.source.name,
        "file_hash": context.source.sha256,
        "table_name": plan.table_name,
        "strategy": None if forecast["stopped_by"] in REFUSALS else plan.strategy,
        "strategy_reason_details": plan.strategy_reason.as_json(),
        "columns": [
            {"name": column.name, "header": column.header, "sql_type": column.sql_type.sql} for column in plan.columns
        ],
        "forecast": forecast,
        "changes": changes and {**replace(changes, rows=[]).as_json([]), "rows": None},  # none of the table's values
        "errors": [{**error, "location": place} for error, place in zip(errors, locations, strict=True)],
        "warnings": list(map(str, warnings)),
        "warning_details": [warning.as_json() for warning in warnings],
    })  # fmt: skip
