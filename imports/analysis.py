"""A look at a file before it is imported: what it is, what its columns can be, what an import would do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from audit.log import Actor
from imports.doubts import doubt_of
from imports.errors import MappingDoesNotFit, ReservedTable, SourceUnavailable, UntrackedTable
from imports.mapping import MappingRequest
from imports.mapping_json import UNSTORABLE, as_object
from imports.models import Analysis
from imports.pipeline import destination
from imports.plan import ImportPlan, PlannedColumn, make_plan
from imports.profile import ColumnProfile
from imports.readers import Reader, open_reader
from imports.sources import SourceFile
from imports.sources.kept import fetched, keep
from imports.spool import Spool
from imports.survey import Survey
from imports.tables.description import TableDescription
from imports.tables.schema import data_tables, describe, describe_if_there
from imports.transform import Records, apply_rules


def analyse(source: SourceFile, request: MappingRequest) -> dict[str, Any]:
    """The findings as JSON holds them. Raises AtlasError where the file cannot be read or does not fit the request."""
    with Spool(settings.ATLAS_SPOOL_DIR) as spool:
        reader = open_reader(source, request.source_options)
        survey = Survey(reader, spool, request.null_tokens)
        survey.finish()
        records, profiles = apply_rules(spool, survey.profiles(), request)
        plan = _plan(request, destination(source, request), profiles, records, reader.understood.options)
        return _storable(_findings(source, request, reader, spool, profiles, plan))


def _plan(
    request: MappingRequest, table_name: str, profiles: list[ColumnProfile], records: Records, options: dict[str, Any]
) -> ImportPlan:
    """The plan of an import now; where it cannot go into that table, the plan of one into a new table, and why."""
    try:
        table = describe_if_there(table_name)
        return make_plan(
            request, table_name=table_name, profiles=profiles, columns=records, table=table, source_options=options
        )  # fmt: skip
    except (MappingDoesNotFit, ReservedTable, UntrackedTable) as obstacle:
        plan = make_plan(
            replace(request, strategy="auto"), table_name=table_name, profiles=profiles, columns=records, table=None,
            source_options=options,
        )  # fmt: skip
        return replace(plan, warnings=(*plan.warnings, obstacle.message))


def _findings(
    source: SourceFile,
    request: MappingRequest,
    reader: Reader,
    spool: Spool,
    profiles: list[ColumnProfile],
    plan: ImportPlan,
) -> dict[str, Any]:
    understood = reader.understood
    return {
        "file_name": source.name,
        "file_type": understood.file_type,
        "file_size_bytes": source.size,
        "file_hash": source.sha256,
        "source_options": dict(understood.options),
        "choices": dict(understood.choices),
        "rows": spool.records,
        "table_name": plan.table_name,
        "columns": [
            _column(one, profiles[one.source]) | {"doubt": doubt_of(one, profiles, request)} for one in plan.columns
        ],
        "strategy": plan.strategy,
        "strategy_reason": plan.strategy_reason,
        "warnings": [*understood.warnings, *plan.warnings],
        "mapping": _proposed(plan, request),
        "tables": _fitting_tables({one.name for one in plan.columns}),
        "forecast": {"rows": spool.records, "values_that_do_not_fit": sum(one.misfits for one in plan.columns)},
    }


def _storable(value: Any) -> Any:
    """The same with U+FFFD for what no JSONB can hold: NUL, and bytes that could not be decoded."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value


def _column(planned: PlannedColumn, profile: ColumnProfile) -> dict[str, Any]:
    return {
        "header": planned.header,
        "name": planned.name,
        "sql_type": planned.sql_type.sql,
        **planned.reading.as_config(),
        "evidence": profile.evidence(),
        "values": profile.values,
        "null_tokens": profile.null_tokens,
        "first_values": list(profile.first_values),
    }


def _proposed(plan: ImportPlan, request: MappingRequest) -> dict[str, Any]:
    """A mapping that imports the file as it was understood, for a person to change."""
    return {
        "table_name": plan.table_name,
        "mappings": {one.name: one.header for one in plan.columns},
        "db_schema": {one.name: one.sql_type.sql for one in plan.columns},
        "rules": as_object(request.as_given.get("rules"), "rules"),
        "strategy": "auto",
        "source_options": dict(request.source_options),
    }


def _fitting_tables(names: set[str]) -> list[dict[str, Any]]:
    """Tables that have at least half of the file's columns, the best first."""
    found = [(table, _shared(table, names)) for table in map(describe, data_tables())]
    fitting = [(table, shared) for table, shared in found if names and shared * 2 >= len(names)]
    fitting.sort(key=lambda pair: -pair[1])
    return [
        {"table_name": table.name, "columns_shared": shared, "columns": len(table.columns)}
        for table, shared in fitting
    ]  # fmt: skip


def _shared(table: TableDescription, names: set[str]) -> int:
    return sum(column.name in names for column in table.columns)


def keep_analysis(source: SourceFile, request: MappingRequest, actor: Actor) -> Analysis:
    """Looks at the file and keeps it, so that it travels once."""
    findings = analyse(source, request)
    keep(source)
    return Analysis.objects.create(
        analysis_id=uuid4(),
        user_id=actor.user_id or "",
        file_name=source.name,
        file_size_bytes=source.size,
        file_hash=source.sha256,
        findings=findings,
    )


def analysis_of(analysis_id: UUID, actor: Actor) -> Analysis:
    """Raises SourceUnavailable; an analysis belongs to the person who made it."""
    found = Analysis.objects.filter(pk=analysis_id, user_id=actor.user_id or "").first()
    if found is None:
        raise SourceUnavailable("There is no such analysis of yours. Upload the file again.")
    return found


@contextmanager
def source_of(analysis: Analysis, actor: Actor) -> Iterator[SourceFile]:
    """The file that was looked at. Raises SourceUnavailable."""
    found = analysis_of(analysis.pk, actor)
    with fetched(found.file_hash, found.file_name) as source:
        yield source
