"""Repair rows by the file of failed rows: receive it, show what it changes, and then repair."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from core.actors import actor_of
from core.api.parameters import known_fields
from core.errors import AtlasError
from core.web.body_sizes import BodySize, takes
from core.web.lanes import LaneName, runs_in
from core.web.pages import form_data, page, render_with_error
from imports.analysis.analyse import source_of
from imports.analysis.repair_files import keep_repair_file, kept_repair_file
from imports.models import Analysis, ImportHistory
from imports.pages import wording
from imports.pages.filter_forms import UploadForm
from imports.permissions import ADD
from imports.refusals import audit_refused_files
from imports.sources.upload import received
from lineage.pages.forms import CorrectionForm
from lineage.repair_files import FileReport, repair_by_file
from lineage.repairs.wording import consequences_in_words, repaired_in_words
from lineage.undo.edited_rows_choice import needs_choice

TRIED = "dry run"  # the reason of a repair that is only tried: it is nowhere kept


@takes(BodySize.FILE)
@page(ADD)
def receive(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Receive the repaired rows; nothing is repaired yet."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    known_fields([*request.POST, *request.FILES], ("file", "csrfmiddlewaretoken"))
    form = UploadForm(form_data(request), request.FILES or None)
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("lineage:repair_file", import_id, _kept(request, import_id, form.cleaned_data["file"]).pk)
        except AtlasError as error:
            form.add_error("file", wording.error_in_words(error))
            problem = error
    context = {"import": record, "form": form, "section": "history"}
    return render_with_error(request, "lineage/send_repaired_rows.html", context, problem)


def _kept(request: HttpRequest, import_id: UUID, file: Any) -> Analysis:
    actor = actor_of(request)
    with audit_refused_files(actor, file.name), received(file, limit=settings.ATLAS_MAX_UPLOAD_BYTES) as source:
        return keep_repair_file(source, import_id, actor)


@runs_in(LaneName.WORK)
@page(ADD)
def review(request: HttpRequest, import_id: UUID, file_id: UUID) -> HttpResponse:
    """Show in numbers what the file changes; a POST repairs the rows."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    file = kept_repair_file(file_id, import_id, actor_of(request))
    if file is None:
        raise Http404
    form = CorrectionForm(form_data(request))
    problem: AtlasError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            done = _repaired(request, file, import_id, form, form.cleaned_data["reason"], dry_run=False)
        except AtlasError as error:
            problem = error
            if needs_choice(error):
                form.ask_for_choice()
        else:
            notices.success(request, repaired_in_words(done.repair))
            return redirect("imports:detail", import_id)
    tried: FileReport | None = None
    try:
        tried = _repaired(request, file, import_id, form, TRIED, dry_run=True)
    except AtlasError as error:
        problem = problem or error
        if needs_choice(error) and not form.is_bound:
            form.fields["changed_rows"].required = True
    context = {
        "import": record, "file": file, "form": form, "problem": problem, "tried": tried, "section": "history",
        "asks_for_choice": problem is not None and needs_choice(problem),
        "consequences": list(consequences_in_words(tried.repair)) if tried else [],
        "changes_rows": bool(tried and tried.repair.repaired + tried.repair.partly + tried.repair.still_failing),
    }  # fmt: skip
    return render_with_error(request, "lineage/repair_file.html", context, problem)


def _repaired(
    request: HttpRequest, file: Analysis, import_id: UUID, form: CorrectionForm, reason: str, *, dry_run: bool
) -> FileReport:
    choice = form.cleaned_data.get("changed_rows") if form.is_bound and form.is_valid() else None
    actor = actor_of(request)
    with source_of(file, actor) as source:
        return repair_by_file(import_id, source, actor, reason=reason, changed_rows=choice, dry_run=dry_run)
