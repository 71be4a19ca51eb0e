"""A look at a file before it is imported: what it is, what its columns can be, what an import would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from core.actors import Actor
from core.errors import AtlasError, FileTooLarge
from core.messages import Message
from imports.analysis import messages
from imports.analysis.dry_run import forecast
from imports.analysis.findings import AnalysisContext, findings_of
from imports.analysis.previous_mapping import earlier_import, repeated_request
from imports.errors import (
    AlreadyImported,
    MappingDoesNotFit,
    ReservedTable,
    SourceUnavailable,
    UntrackedTable,
)
from imports.history.column_headers import with_headers
from imports.inference.apply_rules import apply_rules
from imports.inference.scan import Scan
from imports.inference.spool import Spool
from imports.loading.preflight import destination, refuse_if_known
from imports.mapping import MappingRequest
from imports.models import Analysis, ImportHistory
from imports.planning.make_plan import make_plan
from imports.planning.plan import ImportPlan
from imports.readers import open_reader
from imports.readers.batch_builder import storable
from imports.sources import SourceFile, SourceType
from imports.sources.kept_files import beginning, fetched, keep
from imports.table_description import MAX_COLUMNS, TableDescription
from imports.tables.catalog import describe_if_there

PREVIEWED = 10  # records
BEGINNING = 256 * 1024  # bytes of a delimited text that a preview reads
WHOLE = 8 * 1024 * 1024  # bytes of any other file, which a preview has to read to its end: a second or two


def analyse(source: SourceFile, request: MappingRequest) -> dict[str, Any]:
    """The findings as JSON holds them. Raises AtlasError where the file cannot be read or does not fit the request.

    Where nothing is asked for, what an earlier import of a file with the same header was asked for is taken.
    """
    with Spool(settings.ATLAS_SPOOL_DIR) as spool:
        reader = open_reader(source, request.source_options)
        survey = Scan(reader, spool, request)
        survey.finish()
        earlier = earlier_import(reader.file_info) if request.is_open else None
        again = earlier and repeated_request(earlier, request)
        look = (again and _again(source, again, earlier, survey)) or _look(source, request, None, survey)
        return findings_of(look)


def _again(
    source: SourceFile, request: MappingRequest, earlier: ImportHistory | None, survey: Scan
) -> AnalysisContext | None:
    """None where the earlier mapping does not go with this file or its table any more."""
    try:
        return _look(source, request, earlier, survey)
    except MappingDoesNotFit:
        return None


def _look(source: SourceFile, request: MappingRequest, earlier: ImportHistory | None, survey: Scan) -> AnalysisContext:
    file_info = survey.reader.file_info
    records, profiles = apply_rules(survey.spool, survey.profiles(), request)
    planned = partial(make_plan, profiles=profiles, columns=records, source_options=file_info.options)
    plan, table, obstacle = _plan(source, request, planned)
    if len(profiles) > MAX_COLUMNS:
        plan, everything = _with_warning(plan, messages.COLUMNS_NOT_SHOWN()), plan
    else:
        every_column = replace(request, mappings=None, db_schema={}, unique_columns=(), strategy="auto")
        everything = planned(every_column, table_name=plan.table_name, table=None)
    expected = forecast(plan, records.batches(len(profiles)), table, obstacle)

    def plan_into(other: TableDescription) -> ImportPlan:
        return planned(replace(request, strategy="auto"), table_name=other.name, table=other)

    return AnalysisContext(
        source, request, earlier, file_info, records, profiles, plan, everything, plan_into, expected
    )


def _plan(
    source: SourceFile, request: MappingRequest, planned: Callable[..., ImportPlan]
) -> tuple[ImportPlan, TableDescription | None, AtlasError | None]:
    """The plan of an import now, its table, and what stands in its way.

    Where it cannot go into that table, the plan of one into a new table, with what stands in the way as its reason.
    """
    table_name = destination(source.name, request)
    try:
        table = with_headers(describe_if_there(table_name))
        plan = planned(request, table_name=table_name, table=table)
    except (MappingDoesNotFit, ReservedTable, UntrackedTable) as obstacle:
        plan = planned(replace(request, strategy="auto"), table_name=table_name, table=None)
        return replace(_with_warning(plan, obstacle.message), strategy_reason=str(obstacle)), None, obstacle
    try:
        refuse_if_known(source, request, table_name)
    except AlreadyImported as obstacle:
        return _with_warning(plan, obstacle.message), table, obstacle
    return plan, table, None


def _with_warning(plan: ImportPlan, warning: Message) -> ImportPlan:
    return replace(plan, warnings=(*plan.warnings, warning))


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
        source_type=source.source_type,
        source_path=source.source_path,
        origin=dict(source.origin),
    )


def analysis_of(analysis_id: UUID, actor: Actor) -> Analysis:
    """Raises SourceUnavailable; an analysis belongs to the person who made it."""
    found = Analysis.objects.filter(pk=analysis_id, user_id=actor.user_id or "").first()
    if found is None:
        raise SourceUnavailable(messages.NO_SUCH_ANALYSIS())
    return found


def first_records(source: SourceFile, options: Mapping[str, Any]) -> tuple[list[str], list[list[str | None]]]:
    """Header and first records as these source options read them, those in trouble too. Raises AtlasError."""
    reader = open_reader(source, options, batch_rows=PREVIEWED)
    batch = next(reader.batches(), None)
    columns = [column.to_pylist() for column in batch.columns] if batch else []
    records = [list(record) for record in zip(*columns, strict=True)] or [[] for _ in range(batch.rows if batch else 0)]
    for problem in batch.problems if batch else ():
        if problem.original:
            records[problem.index] = [cell and storable(cell) for cell in problem.original]
    return reader.file_info.header, records


@contextmanager
def source_of(analysis: Analysis, actor: Actor) -> Iterator[SourceFile]:
    """The file that was looked at. Raises SourceUnavailable."""
    found = analysis_of(analysis.pk, actor)
    with fetched(
        found.file_hash,
        found.file_name,
        source_type=SourceType(found.source_type),
        source_path=found.source_path,
        origin=found.origin,
    ) as source:
        yield source


@contextmanager
def previewed(analysis: Analysis, actor: Actor) -> Iterator[SourceFile]:
    """As much of the file that was looked at as its first records need. Raises SourceUnavailable, FileTooLarge."""
    found = analysis_of(analysis.pk, actor)
    is_cut = found.findings["file_type"] == "csv" and "archive" not in found.findings["source_options"]
    if not is_cut and found.file_size_bytes > WHOLE:
        raise FileTooLarge(messages.TOO_LARGE_TO_PREVIEW())
    opened = beginning(found.file_hash, found.file_name, BEGINNING) if is_cut else source_of(found, actor)
    with opened as source:
        yield source
