"""Preview a file before it is imported: its format, its columns and their types, and what an import would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from core.actors import Actor
from core.errors import AtlasError, FileTooLarge
from core.messages import Message
from imports.analysis import messages
from imports.analysis.dry_run import dry_run
from imports.analysis.findings import AnalysisContext, findings_of
from imports.analysis.key_proposal import KeyCandidates, key_of_table
from imports.analysis.previous_mapping import earlier_import, repeated_request
from imports.errors import (
    AlreadyImported,
    MappingDoesNotFit,
    ReservedTable,
    SourceUnavailable,
    UntrackedTable,
)
from imports.extraction import Work, opened
from imports.extraction.extraction import Extraction
from imports.extraction.results import FirstRecords
from imports.history.earlier_files import last_reading, with_headers
from imports.history.unused_files import expires_at
from imports.loading.empty_file import known_columns
from imports.loading.preflight import destination, refuse_if_known
from imports.loading.repair_files import refuse_repair_file
from imports.mapping import MappingRequest
from imports.models import Analysis, ImportHistory
from imports.planning.messages import COLUMNS_UNCLEAR
from imports.planning.plan import ImportPlan
from imports.sources import SourceFile, SourceType
from imports.sources.disk_space import refuse_if_short
from imports.sources.kept_files import beginning, fetched, kept
from imports.sources.kept_readings import make_room
from imports.table_description import MAX_COLUMNS, TableDescription
from imports.tables.catalog import describe_if_there
from imports.tables.foreign import count_foreign_rows
from imports.user_limits import count_preview

PREVIEW_ROWS = 10
PREVIEW_BYTES = 256 * 1024  # of a delimited text that a live preview reads
MAX_PREVIEW_BYTES = 8 * 1024 * 1024  # of other files, which a live preview reads whole: a second or two


def analyse(source: SourceFile, request: MappingRequest) -> dict[str, Any]:
    """Return the findings as JSON. Raises AtlasError if the file cannot be read or does not match the request.

    An empty request reuses that of an earlier import of a file with the same header.
    """
    table_name = destination(source.name, request)
    last = last_reading(table_name)
    with opened(source, request, work=Work.PREVIEW, last=last, keeps=True, counts_caller=True) as extraction:
        _read(extraction, request, table_name)
        earlier = earlier_import(extraction.info()) if request.is_open else None
        reused = earlier and repeated_request(earlier, request)
        look = (reused and _analyse_reusing(source, reused, earlier, extraction)) or None
        return findings_of(look or _analyse(source, request, None, extraction))


def _read(extraction: Extraction, request: MappingRequest, table_name: str) -> None:
    """Read the whole file, and name its columns."""
    for _ in extraction.read():
        pass
    refuse_repair_file(extraction)
    extraction.keep()
    make_room()
    if not extraction.info().header:
        extraction.name_columns(known_columns(request, table_name))


@contextmanager
def analysed(source: SourceFile, request: MappingRequest) -> Iterator[AnalysisContext]:
    """Provide what an import by exactly this request would do. Raises AtlasError as `analyse` does."""
    table_name = destination(source.name, request)
    last = last_reading(table_name)
    with opened(source, request, work=Work.PREVIEW, last=last, keeps=True, counts_caller=True) as extraction:
        _read(extraction, request, table_name)
        yield _analyse(source, request, None, extraction)


def _analyse_reusing(
    source: SourceFile, request: MappingRequest, earlier: ImportHistory | None, extraction: Extraction
) -> AnalysisContext | None:
    """Return None if the earlier mapping no longer matches the file or its table."""
    try:
        return _analyse(source, request, earlier, extraction)
    except MappingDoesNotFit:
        return None


def _analyse(
    source: SourceFile, request: MappingRequest, earlier: ImportHistory | None, extraction: Extraction
) -> AnalysisContext:
    columns = extraction.apply_rules(request)
    request, plan, table, obstacle = _plan(source, request, extraction)
    if columns > MAX_COLUMNS:
        plan, full_plan = _with_warning(plan, messages.COLUMNS_NOT_SHOWN()), plan
    else:
        every_column = replace(request, mappings=None, db_schema={}, unique_columns=(), strategy="auto")
        full_plan = extraction.plan(every_column, table_name=plan.table_name, table=None, named_as=table)
    foreign = count_foreign_rows(table.name) if table else 0
    if table and foreign:
        plan = _with_warning(plan, messages.FOREIGN_ROWS_IN_TABLE(table=table.name, rows=foreign))
    of_table = key_of_table(plan, table)
    if of_table and request.is_open:
        plan = replace(plan, unique_columns=of_table.columns)
    candidates = KeyCandidates(plan)
    with closing(extraction.typed(request, plan)) as batches:
        run = dry_run(plan, candidates.put_to(batch.typed for batch in batches), table, obstacle)
    proposal = of_table or candidates.proposal()
    return AnalysisContext(source, request, earlier, extraction, plan, full_plan, run, proposal)


def _plan(
    source: SourceFile, request: MappingRequest, extraction: Extraction
) -> tuple[MappingRequest, ImportPlan, TableDescription | None, AtlasError | None]:
    """Return the request, the plan of an import, its table, and the reason for which it would be refused.

    If the import cannot use the table, the plan is that of a new table, with the obstacle as its reason. Where it is
    unclear which columns are meant, the preview is of an import that adds them, which the request then asks for.
    """
    table_name = destination(source.name, request)
    table: TableDescription | None = None
    try:
        table = with_headers(describe_if_there(table_name))
        plan = extraction.plan(request, table_name=table_name, table=table)
    except (MappingDoesNotFit, ReservedTable, UntrackedTable) as obstacle:
        if obstacle.message.code == COLUMNS_UNCLEAR.code and request.strategy == "auto":
            return _plan(source, replace(request, strategy="extend_table"), extraction)
        new_table = replace(request, strategy="auto")
        plan = extraction.plan(new_table, table_name=table_name, table=None, named_as=table)
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
    count_preview(actor)
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
    expiry = expires_at(analysis) if analysis else None
    if analysis is None or (expiry and expiry < timezone.now()):
        raise SourceUnavailable(messages.NO_SUCH_ANALYSIS(hours=settings.ATLAS_ANALYSIS_HOURS))
    return analysis


def first_records(source: SourceFile, options: Mapping[str, Any]) -> FirstRecords:
    """Return header and first rows as read with these source options, also rows with errors. Raises AtlasError."""
    request = MappingRequest(source_options=options)
    with opened(source, request, work=Work.PREVIEW, batch_rows=PREVIEW_ROWS, profiled=False) as extraction:
        return extraction.first_records()


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
