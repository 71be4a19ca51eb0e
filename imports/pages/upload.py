"""The pages of how rows get in: sign in, upload, the look into a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.actors import actor_of
from core.errors import AtlasError
from core.web.pages import form_data, page
from imports.analysis.analyse import (
    first_records,
    keep_analysis,
    previewed,
    source_of,
)
from imports.analysis.findings import VERSION
from imports.errors import SourceUnavailable
from imports.jobs.queue import has_queued_imports, queue_import
from imports.loading.pipeline import run_import
from imports.loading.preflight import destination
from imports.mapping import MappingRequest, parse_mapping
from imports.mapping.wording import rules_in_words
from imports.models import Analysis, ImportHistory
from imports.pages import messages, wording
from imports.pages.filter_forms import SignInForm, UploadForm
from imports.pages.import_form import ImportForm
from imports.pages.reading_form import ReadAgainForm
from imports.permissions import ADD
from imports.refusals import audit_refused_files
from imports.sources.upload import received
from imports.tables.catalog import data_tables

READ_FIRST = (
    "Nothing was imported yet: the file was read again as you chose. Check what is below; then import it from here."
)
PROPOSED_ANEW = " The names, types and keys of its columns and the rules are proposed anew."


class SignIn(LoginView):
    template_name = "registration/sign_in.html"
    authentication_form = SignInForm


class SignOut(LogoutView):
    next_page = settings.LOGIN_URL


@page(ADD)
def upload(request: HttpRequest) -> HttpResponse:
    """Takes a file and looks inside; nothing is imported yet."""
    form = UploadForm(form_data(request), request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("imports:analysis", _analyse_upload(request, form.cleaned_data["file"]).analysis_id)
        except AtlasError as error:
            form.add_error("file", wording.error_in_words(error))
            status = error.http_status
    context = {"form": form, "bucket": settings.B2_BUCKET, "section": "upload"}
    return render(request, "imports/upload.html", context, status=status)


def _analyse_upload(request: HttpRequest, file: Any) -> Analysis:
    actor = actor_of(request)
    with (
        audit_refused_files(actor, file.name),
        received(file, limit=settings.ATLAS_MAX_UPLOAD_BYTES) as source,
    ):
        return keep_analysis(source, MappingRequest(), actor)


@page(ADD)
def show_analysis(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """What was found in a file, and the import of it."""
    analysis = _own_analysis(request, analysis_id)
    form, again = (
        ImportForm(analysis.findings, form_data(request)),
        ReadAgainForm(analysis.findings, form_data(request)),
    )
    problem = None
    if request.method == "POST" and again.is_valid():
        try:
            if again.asks_for_another():
                return redirect("imports:analysis", _preview_first(request, analysis, form, again).analysis_id)
            if form.is_valid() and "refresh" in request.POST:
                return redirect("imports:analysis", _refresh_preview(request, analysis, form.mapping()).analysis_id)
            if form.is_valid():
                return redirect("imports:detail", _import(request, analysis, form.mapping()))
        except AtlasError as error:
            problem = error
    return _show_findings(request, analysis, form, again, problem)


def _preview_first(request: HttpRequest, analysis: Analysis, form: ImportForm, again: ReadAgainForm) -> Analysis:
    """Another reading than the one that was shown is shown with its columns before anything is imported."""
    found, is_anew = _read_differently(request, analysis, form, again)
    if "refresh" not in request.POST:
        notices.warning(request, READ_FIRST + (PROPOSED_ANEW if is_anew else ""))
    return found


def _read_differently(
    request: HttpRequest, analysis: Analysis, form: ImportForm, again: ReadAgainForm
) -> tuple[Analysis, bool]:
    """Another look, and whether the choices of columns were left out: they stay where the columns are the same."""
    actor, options = actor_of(request), again.source_options()
    headers = [column["header"] for column in analysis.findings["columns"]]
    with audit_refused_files(actor, analysis.file_name), source_of(analysis, actor) as source:
        stays = form.is_bound and form.is_valid() and first_records(source, options)[0] == headers
        mapping = form.mapping() if stays else form.choices_without_columns()
        asked = parse_mapping(mapping | {"source_options": mapping.get("source_options", {}) | options})
        return keep_analysis(source, asked, actor), not stays


def _import(request: HttpRequest, analysis: Analysis, mapping: dict[str, Any]) -> UUID:
    """The id of the import: done at once where the file is small and nothing waits for its table, else queued."""
    actor = actor_of(request)
    with source_of(analysis, actor) as source:
        asked = parse_mapping(mapping)
        if source.size >= settings.ATLAS_BACKGROUND_BYTES or has_queued_imports(destination(source.name, asked)):
            return queue_import(source, asked, actor, analysis_id=analysis.pk).import_record.pk
        return run_import(source, asked, actor, analysis_id=analysis.pk).pk


def _refresh_preview(request: HttpRequest, analysis: Analysis, mapping: dict[str, Any]) -> Analysis:
    actor = actor_of(request)
    asked = parse_mapping(mapping)
    with audit_refused_files(actor, analysis.file_name), source_of(analysis, actor) as source:
        return keep_analysis(source, asked, actor)


@require_safe
@page(ADD)
def preview(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """The first records as other options would read them: a part of the page of findings."""
    analysis = _own_analysis(request, analysis_id)
    asked = ReadAgainForm(analysis.findings, request.GET)
    if not asked.is_valid():
        return render(request, "imports/preview.html", {"trouble": asked.in_one_sentence()})
    context: dict[str, Any] = {"is_another": asked.asks_for_another()}
    try:
        options = parse_mapping({"source_options": asked.source_options()})
        with previewed(analysis, actor_of(request)) as source:
            context["header"], context["records"] = first_records(source, options.source_options)
    except AtlasError as error:
        context["trouble"] = wording.error_in_words(error)
    return render(request, "imports/preview.html", context)


@require_POST
@page(ADD)
def read_again(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """Looks into the same file once more, read as the person says."""
    analysis = _own_analysis(request, analysis_id)
    form = ImportForm(analysis.findings, request.POST if "table_name" in request.POST else None)
    again = ReadAgainForm(analysis.findings, request.POST)
    problem = None
    if again.is_valid():
        try:
            return redirect("imports:analysis", _read_differently(request, analysis, form, again)[0].analysis_id)
        except AtlasError as error:
            problem = error
    return _show_findings(request, analysis, form, again, problem)


def _show_findings(
    request: HttpRequest, analysis: Analysis, form: ImportForm, again: ReadAgainForm, problem: AtlasError | None
) -> HttpResponse:
    mapping = analysis.findings["mapping"]
    context = {
        "analysis": analysis,
        "findings": analysis.findings,
        "options": wording.reading_options(analysis.findings.get("source_options")),
        "rules": [*wording.rules(mapping), *rules_in_words(mapping)],
        "forecast": wording.forecast(analysis.findings["forecast"]),
        "strategy": wording.strategy(analysis.findings),
        "alike": [(table, wording.strategy(table)) for table in analysis.findings["tables"]],
        "imported": _imported_since(analysis),
        "form": form,
        "again": again,
        "trouble": problem,
        "tables": data_tables(),
        "section": "upload",
    }
    return render(request, "imports/analysis.html", context, status=problem.http_status if problem else 200)


def _imported_since(analysis: Analysis) -> ImportHistory | None:
    """The last import from this page that stands."""
    return ImportHistory.objects.active().filter(analysis_id=analysis.pk).first()


def _own_analysis(request: HttpRequest, analysis_id: UUID) -> Analysis:
    """Of the person who uploaded the file; for anybody else there is none. Raises SourceUnavailable."""
    found = get_object_or_404(Analysis, pk=analysis_id, user_id=actor_of(request).user_id)
    if found.findings.get("findings_version") != VERSION:
        raise SourceUnavailable(messages.PREVIEW_OF_EARLIER_VERSION())
    return found
