"""Upload, and the preview of a file with its import."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as notices
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.actors import actor_of
from core.api.parameters import known_fields
from core.errors import AtlasError
from core.web.body_sizes import BodySize, takes
from core.web.lanes import LaneName, runs_in
from core.web.pages import form_data, page, render_with_error
from imports.analysis.analyse import (
    analysis_of,
    first_records,
    keep_analysis,
    previewed,
    source_of,
)
from imports.analysis.changes import without_rows
from imports.analysis.findings import VERSION
from imports.analysis.repair_files import keep_repair_file
from imports.errors import RepairFile, SourceUnavailable
from imports.jobs.queue import has_queued_imports, queue_import
from imports.loading.pipeline import run_import
from imports.loading.preflight import destination
from imports.mapping import parse_mapping
from imports.mapping.wording import rules_in_words
from imports.models import Analysis, ImportHistory, SavedMapping
from imports.pages import mapping_wording, messages, preview_wording, wording
from imports.pages.file_settings_form import FileSettingsForm
from imports.pages.filter_forms import UploadForm
from imports.pages.import_form import ImportForm, with_shortcuts
from imports.pages.mapping_forms import SaveForm
from imports.permissions import ADD, VIEW
from imports.readers.formats import BY_NAME
from imports.refusals import audit_refused_files
from imports.saved_mappings.use import requested_mapping
from imports.sources.upload import received
from imports.tables.catalog import data_tables

MAX_MAPPINGS_LISTED = 200  # that a field suggests


@takes(BodySize.FILE)
@page(ADD)
def upload(request: HttpRequest) -> HttpResponse:
    """Receive a file and analyze it; nothing is imported yet."""
    known_fields([*request.POST, *request.FILES], ("file", "saved_mapping", "csrfmiddlewaretoken"))
    form = UploadForm(form_data(request), request.FILES or None)
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            return _preview_of(request, form.cleaned_data["file"])
        except AtlasError as error:
            form.add_error("file", wording.error_in_words(error))
            problem = error
    context = {
        "form": form,
        "bucket": settings.B2_BUCKET,
        "saved_mappings": offered_mappings(),
        "asked_mapping": request.POST.get("saved_mapping", ""),
        "section": "upload",
    }
    return render_with_error(request, "imports/upload.html", context, problem)


def _preview_of(request: HttpRequest, file: Any) -> HttpResponse:
    """Analyze the file and lead to its preview; repaired rows of an import lead to what they change there."""
    actor = actor_of(request)
    with (
        audit_refused_files(actor, file.name),
        received(file, limit=settings.ATLAS_MAX_UPLOAD_BYTES) as source,
    ):
        mapping = requested_mapping(None, request.POST.get("saved_mapping"))
        try:
            return redirect("imports:analysis", keep_analysis(source, mapping, actor).analysis_id)
        except RepairFile as recognised:
            if "repaired_import_id" not in recognised.details:
                raise
            import_id = recognised.details["repaired_import_id"]
            kept_file = keep_repair_file(source, UUID(import_id), actor, recognised=True)
    return redirect("lineage:repair_file", import_id, kept_file.pk)


@takes(BodySize.RECORDS)
@page(ADD)
def show_analysis(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """Show the preview of a file, refresh it, or import the file."""
    analysis = own_analysis(request, analysis_id)
    data = with_shortcuts(form_data(request), analysis.findings)
    form = ImportForm(analysis.findings, data)
    file_settings = FileSettingsForm(analysis.findings, data)
    problem = None
    if data is not None and file_settings.is_valid():
        try:
            if file_settings.has_changes():
                return redirect(
                    "imports:analysis", _show_changed_settings(request, analysis, form, file_settings).analysis_id
                )
            if form.is_valid() and "refresh" in data:
                return redirect("imports:analysis", _refresh_preview(request, analysis, form).analysis_id)
            if form.is_valid():
                return redirect("imports:detail", _import(request, analysis, form))
        except AtlasError as error:
            problem = error
    return show_findings(request, analysis, form, file_settings, problem)


def _show_changed_settings(
    request: HttpRequest, analysis: Analysis, form: ImportForm, file_settings: FileSettingsForm
) -> Analysis:
    """Show the columns that changed file settings give before anything is imported."""
    new_analysis, is_reset = _read_again(request, analysis, form, file_settings)
    if "refresh" not in form.data:
        notice = messages.FILE_SETTINGS_APPLIED_TO_OTHER_COLUMNS if is_reset else messages.FILE_SETTINGS_APPLIED
        notices.warning(request, str(notice()))
    return new_analysis


def _read_again(
    request: HttpRequest, analysis: Analysis, form: ImportForm, file_settings: FileSettingsForm
) -> tuple[Analysis, bool]:
    """Return a new analysis, and whether the settings of columns were reset because the columns changed."""
    actor, options = actor_of(request), file_settings.source_options()
    headers = [column["header"] for column in analysis.findings["columns"]]
    with audit_refused_files(actor, analysis.file_name), source_of(analysis, actor) as source:
        is_kept = form.is_bound and form.is_valid() and first_records(source, options).header == headers
        mapping = form.mapping() if is_kept else form.settings_without_columns()
        mapping["source_options"] = mapping.get("source_options", {}) | options
        saved = form.saved_version() if is_kept else None
        asked = replace(parse_mapping(mapping), saved=saved and saved.but(["source_options"]))
        return keep_analysis(source, asked, actor), not is_kept


def _import(request: HttpRequest, analysis: Analysis, form: ImportForm) -> UUID:
    """Import the file at once, or queue it if it is large or its table has queued imports. Return the id."""
    actor, mapping = actor_of(request), form.mapping()
    mapping["source_options"] = _found_by(analysis) | mapping["source_options"]
    with source_of(analysis, actor) as source:
        mapping_request = replace(parse_mapping(mapping), saved=form.saved_version())
        is_large = source.size >= settings.ATLAS_BACKGROUND_BYTES
        if is_large or has_queued_imports(destination(source.name, mapping_request)):
            return queue_import(source, mapping_request, actor, analysis_id=analysis.pk).import_record.pk
        return run_import(source, mapping_request, actor, analysis_id=analysis.pk).pk


def _found_by(analysis: Analysis) -> dict[str, Any]:
    """Return the options by which the preview found the rows; another table might suggest others."""
    options = analysis.findings["source_options"]
    names = BY_NAME[analysis.findings["file_type"]].found_by
    return {name: options[name] for name in names if name in options}


def _refresh_preview(request: HttpRequest, analysis: Analysis, form: ImportForm) -> Analysis:
    actor = actor_of(request)
    mapping_request = replace(parse_mapping(form.mapping()), saved=form.saved_version())
    with audit_refused_files(actor, analysis.file_name), source_of(analysis, actor) as source:
        return keep_analysis(source, mapping_request, actor)


@runs_in(LaneName.WORK)
@require_safe
@page(ADD)
def preview(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """Return the first rows as read with other file settings: a part of the preview page."""
    analysis = own_analysis(request, analysis_id)
    form = FileSettingsForm(analysis.findings, request.GET)
    if not form.is_valid():
        return render(request, "imports/preview.html", {"problem": form.errors_as_text()})
    context: dict[str, Any] = {"has_changes": form.has_changes()}
    try:
        options = parse_mapping({"source_options": form.source_options()})
        with previewed(analysis, actor_of(request)) as source:
            first = first_records(source, options.source_options)
            context |= {"header": first.header, "records": first.records}
    except AtlasError as error:
        context["problem"] = wording.error_in_words(error)
    return render(request, "imports/preview.html", context)


@takes(BodySize.RECORDS)
@require_POST
@page(ADD)
def read_again(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """Analyze the same file again with other file settings."""
    analysis = own_analysis(request, analysis_id)
    form = ImportForm(analysis.findings, request.POST if "table_name" in request.POST else None)
    file_settings = FileSettingsForm(analysis.findings, request.POST)
    problem = None
    if file_settings.is_valid():
        try:
            return redirect("imports:analysis", _read_again(request, analysis, form, file_settings)[0].analysis_id)
        except AtlasError as error:
            problem = error
    return show_findings(request, analysis, form, file_settings, problem)


def show_findings(
    request: HttpRequest,
    analysis: Analysis,
    form: ImportForm,
    file_settings: FileSettingsForm,
    problem: AtlasError | None,
    saving: SaveForm | None = None,
) -> HttpResponse:
    """saving: of the mapping, where that was tried."""
    findings = analysis.findings if request.user.has_perm(VIEW) else without_rows(analysis.findings)
    mapping = findings["mapping"]
    context = {
        "analysis": analysis,
        "findings": findings,
        "options": wording.reading_options(findings.get("source_options")),
        "not_read": wording.not_read_in_words(findings.get("not_read")),
        "rules": [*wording.rules(mapping), *rules_in_words(mapping)],
        "dry_run": preview_wording.dry_run_numbers(findings),
        "import_button": preview_wording.import_button(findings["forecast"]),
        "changes": preview_wording.changes_shown(findings),
        "differing_rows": preview_wording.differing_rows(findings),
        "nothing_new": preview_wording.nothing_new(findings["forecast"]),
        "strategy": preview_wording.strategy(findings),
        "similar_tables": _similar_tables(findings),
        "active_import": _active_import(analysis),
        "form": form,
        "file_settings": file_settings,
        "problem": problem,
        "all_parts": preview_wording.all_parts(findings["choices"]),
        "tables": data_tables(),
        "saving": saving or _saving(findings),
        "saved": findings["saved_mapping"],
        "saved_changes": mapping_wording.changed_keys(findings["saved_mapping"]),
        "proposed_mappings": list(mapping_wording.proposals(findings)),
        "saved_mappings": offered_mappings(),
        "section": "upload",
    }
    return render_with_error(request, "imports/analysis.html", context, problem)


def offered_mappings() -> QuerySet[SavedMapping]:
    """Return the saved mappings that a field suggests."""
    return SavedMapping.objects.filter(archived_at=None)[:MAX_MAPPINGS_LISTED]


def _saving(findings: dict[str, Any]) -> SaveForm:
    """Return the form that saves the mapping: as a version of the one that is used, where there is one."""
    used = findings["saved_mapping"]
    return SaveForm(initial={"mapping_name": used["name"], "new_version": True} if used else {})


def _similar_tables(findings: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Return the other tables with columns like these, each with what an import into it would do."""
    others = [table for table in findings["tables"] if table["table_name"] != findings["table_name"]]
    return [(table, preview_wording.strategy(table)) for table in others]


def _active_import(analysis: Analysis) -> ImportHistory | None:
    """Return the latest active import from this preview."""
    return ImportHistory.objects.active().filter(analysis_id=analysis.pk).first()


def own_analysis(request: HttpRequest, analysis_id: UUID) -> Analysis:
    """Return the user's own analysis. Raises SourceUnavailable for one of another user, an expired or an old one."""
    analysis = analysis_of(analysis_id, actor_of(request))
    if analysis.findings.get("findings_version") != VERSION:
        raise SourceUnavailable(messages.PREVIEW_OF_EARLIER_VERSION())
    return analysis
