"""Preview a file before it is imported: its format, its columns and their types, and what an import would do."""

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
from imports.analysis.dry_run import dry_run
from imports.analysis.findings import AnalysisContext, findings_of
from imports.analysis.previous_mapping import earlier_import, repeated_request
from imports.errors import (
    AlreadyImported,
    MappingDoesNotFit,
    ReservedTable,
    SourceUnavailable,
    UntrackedTable,
)
from imports.history.earlier_files import last_reading, with_headers
from imports.inference.apply_rules import apply_rules
from imports.inference.near_misses import NearMisses
from imports.inference.scan import Scan
from imports.inference.spool import Spool
from imports.loading.empty_file import name_columns
from imports.loading.preflight import destination, refuse_if_known
from imports.mapping import MappingRequest
from imports.models import Analysis, ImportHistory
from imports.planning.make_plan import make_plan
from imports.planning.messages import COLUMNS_UNCLEAR
from imports.planning.plan import ImportPlan
from imports.readers import open_reader
from imports.readers.batch_builder import storable
from imports.sources import SourceFile, SourceType
from imports.sources.disk_space import refuse_if_short
from imports.sources.kept_files import beginning, fetched, kept
from imports.table_description import MAX_COLUMNS, TableDescription
from imports.tables.catalog import describe_if_there

PREVIEW_ROWS = 10
PREVIEW_BYTES = 256 * 1024  # of a delimited text that a live preview reads
MAX_PREVIEW_BYTES = 8 * 1024 * 1024  # of other files, which a live preview reads whole: a second or two


def analyse(source: SourceFile, request: MappingRequest) -> dict[str, Any]:
    """Return the findings as JSON. Raises AtlasError if the file cannot be read or does not match the request.

    An empty request reuses that of an earlier import of a file with the same header.
    """
    with Spool(settings.ATLAS_SPOOL_DIR) as spool:
        table_name = destination(source.name, request)
        reader = open_reader(source, request.source_options, last=last_reading(table_name))
        scan = Scan(reader, spool, request)
        scan.finish()
        name_columns(reader.file_info, request, table_name)
        earlier = earlier_import(reader.file_info) if request.is_open else None
        reused = earlier and repeated_request(earlier, request)
        context = (reused and _analyse_reusing(source, reused, earlier, scan)) or _analyse(source, request, None, scan)
        return findings_of(context)


def _analyse_reusing(
    source: SourceFile, request: MappingRequest, earlier: ImportHistory | None, scan: Scan
) -> AnalysisContext | None:
    """Return None if the earlier mapping no longer matches the file or its table."""
    try:
        return _analyse(source, request, earlier, scan)
    except MappingDoesNotFit:
        return None


def _analyse(source: SourceFile, request: MappingRequest, earlier: ImportHistory | None, scan: Scan) -> AnalysisContext:
    file_info = scan.reader.file_info
    records, profiles = apply_rules(scan.spool, scan.profiles(), request)
    planned = partial(
        make_plan, profiles=profiles, columns=records, source_options=file_info.options,
        near_misses=NearMisses(records, profiles, request, scan.reader.location),
    )  # fmt: skip
    request, plan, table, obstacle = _plan(source, request, planned)
    if len(profiles) > MAX_COLUMNS:
        plan, full_plan = _with_warning(plan, messages.COLUMNS_NOT_SHOWN()), plan
    else:
        every_column = replace(request, mappings=None, db_schema={}, unique_columns=(), strategy="auto")
        full_plan = planned(every_column, table_name=plan.table_name, table=None, named_as=table)
    forecast, key_warnings = dry_run(plan, records.batches(len(profiles)), table, obstacle)

    def plan_into(other: TableDescription) -> ImportPlan:
        return planned(replace(request, strategy="auto"), table_name=other.name, table=with_headers(other))

    return AnalysisContext(
        source, request, earlier, file_info, records, profiles, plan, full_plan, plan_into, forecast, key_warnings
    )


def _plan(
    source: SourceFile, request: MappingRequest, planned: Callable[..., ImportPlan]
) -> tuple[MappingRequest, ImportPlan, TableDescription | None, AtlasError | None]:
    """Return the request, the plan of an import, its table, and the reason for which it would be refused.

    If the import cannot use the table, the plan is that of a new table, with the obstacle as its reason. Where it is
    unclear which columns are meant, the preview is of an import that adds them, which the request then asks for.
    """
    table_name = destination(source.name, request)
    table: TableDescription | None = None
    try:
        table = with_headers(describe_if_there(table_name))
        plan = planned(request, table_name=table_name, table=table)
    except (MappingDoesNotFit, ReservedTable, UntrackedTable) as obstacle:
        if obstacle.message.code == COLUMNS_UNCLEAR.code and request.strategy == "auto":
            return _plan(source, replace(request, strategy="extend_table"), planned)
        plan = planned(replace(request, strategy="auto"), table_name=table_name, table=None, named_as=table)
        return request, replace(_with_warning(plan, obstacle.message), strategy_reason=obstacle.message), None, obstacle
    try:
        refuse_if_known(source, request, table_name)
    except AlreadyImported as obstacle:
        return request, _with_warning(plan, obstacle.message), table, obstacle
    return request, plan, table, None


def _with_warning(plan: ImportPlan, warning: Message) -> ImportPlan:
    return replace(plan, warnings=(*plan.warnings, warning))


def keep_analysis(source: SourceFile, request: MappingRequest, actor: Actor) -> Analysis:
    """Analyse the file and store it, so that it is uploaded only once."""
    refuse_if_short()
    findings = analyse(source, request)
    with kept(source):
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
    """Return the user's own analysis. Raises SourceUnavailable."""
    analysis = Analysis.objects.filter(pk=analysis_id, user_id=actor.user_id or "").first()
    if analysis is None:
        raise SourceUnavailable(messages.NO_SUCH_ANALYSIS())
    return analysis


def first_records(source: SourceFile, options: Mapping[str, Any]) -> tuple[list[str], list[list[str | None]]]:
    """Return header and first rows as read with these source options, also rows with errors. Raises AtlasError."""
    reader = open_reader(source, options, batch_rows=PREVIEW_ROWS)
    batch = next(reader.batches(), None)
    columns = [column.to_pylist() for column in batch.columns] if batch else []
    records = [list(record) for record in zip(*columns, strict=True)] or [[] for _ in range(batch.rows if batch else 0)]
    for problem in batch.problems if batch else ():
        if problem.original:
            records[problem.index] = [cell and storable(cell) for cell in problem.original]
    return reader.file_info.header, records


@contextmanager
def source_of(analysis: Analysis, actor: Actor) -> Iterator[SourceFile]:
    """Provide the analysed file. Raises SourceUnavailable."""
    analysis = analysis_of(analysis.pk, actor)
    with fetched(
        analysis.file_hash,
        analysis.file_name,
        source_type=SourceType(analysis.source_type),
        source_path=analysis.source_path,
        origin=analysis.origin,
    ) as source:
        yield source


@contextmanager
def previewed(analysis: Analysis, actor: Actor) -> Iterator[SourceFile]:
    """Provide as much of the analysed file as its first rows need. Raises SourceUnavailable, FileTooLarge."""
    analysis = analysis_of(analysis.pk, actor)
    is_cut = analysis.findings["file_type"] == "csv" and "archive" not in analysis.findings["source_options"]
    if not is_cut and analysis.file_size_bytes > MAX_PREVIEW_BYTES:
        raise FileTooLarge(messages.TOO_LARGE_TO_PREVIEW())
    opened = beginning(analysis.file_hash, analysis.file_name, PREVIEW_BYTES) if is_cut else source_of(analysis, actor)
    with opened as source:
        yield source
