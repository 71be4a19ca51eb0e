"""The page that runs an import again: its mapping to change, what would change, and the rerun."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from core.actors import actor_of
from core.errors import AtlasError
from core.web.body_sizes import BodySize, takes
from core.web.lanes import LaneName, runs_in
from core.web.pages import form_data, page
from imports.analysis.analyse import keep_analysis
from imports.mapping import MappingRequest, parse_mapping
from imports.models import Analysis, ImportHistory, ImportStatus
from imports.pages.file_settings_form import FileSettingsForm
from imports.pages.import_form import ImportForm
from imports.pages.upload import own_analysis
from imports.permissions import UNDO
from lineage.pages.forms import RedoForm
from lineage.reruns import preview, rerun_import
from lineage.reruns.mapping_of_import import mapping_of_import
from lineage.reruns.preconditions import request_for, require_rerunnable
from lineage.reruns.rerun import source_of
from lineage.reruns.wording import preview_in_words, rerun_in_words
from lineage.undo.edited_rows_choice import needs_choice


@takes(BodySize.RECORDS)
@runs_in(LaneName.WORK)
@page(UNDO)
def rerun(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show the import's mapping to change; a POST shows what a rerun would change, or does it."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    context: dict[str, Any] = {"import": record, "section": "history"}
    try:
        require_rerunnable(import_id)
        if "analysis" not in request.GET:
            analysis = _analysed(request, record)
            return redirect(f"{reverse('lineage:rerun', args=[import_id])}?analysis={analysis.pk}")
        analysis = own_analysis(request, _uuid(request.GET["analysis"]))
    except AtlasError as error:
        return render(request, "lineage/rerun.html", context | {"problem": error}, status=error.http_status)
    data = form_data(request)
    form, settings = ImportForm(analysis.findings, data), FileSettingsForm(analysis.findings, data)
    reason = RedoForm(data)
    context |= {"form": form, "file_settings": settings, "reason": reason, "analysis": analysis}
    if data is None or not (form.is_valid() and settings.is_valid() and reason.is_valid()):
        return render(request, "lineage/rerun.html", context)
    try:
        return _carried_out(request, record, context)
    except AtlasError as error:
        if needs_choice(error):
            reason.ask_for_choice()
        context |= {"problem": None if needs_choice(error) else error, "asks_for_choice": needs_choice(error)}
        return render(request, "lineage/rerun.html", context, status=error.http_status)


def _carried_out(request: HttpRequest, record: ImportHistory, context: dict[str, Any]) -> HttpResponse:
    """Show what would change, or do it where the user has seen it for this mapping. Raises AtlasError."""
    actor, data = actor_of(request), context["reason"].cleaned_data
    mapping = _mapping(context["form"], context["file_settings"])
    context["seen"] = _digest(mapping)
    if "run" in request.POST and request.POST.get("seen") == context["seen"]:
        report = rerun_import(record.pk, mapping, actor, data["reason"], data["changed_rows"])
        notices.success(request, rerun_in_words(report))
        return redirect("imports:detail", report.import_id)
    context["may_run"] = True
    if record.status != ImportStatus.FAILED:
        found = preview(record.pk, mapping, actor, data["changed_rows"])
        context |= {
            "preview": found, "sentences": list(preview_in_words(found)), "blocked_by": found.blocked_by,
            "may_run": not found.blocked_by, "asks_for_choice": found.rows_changed_by_hand > 0,
        }  # fmt: skip
    return render(request, "lineage/rerun.html", context)


def _analysed(request: HttpRequest, record: ImportHistory) -> Analysis:
    """Return the findings of the stored file by the mapping of the import. Raises AtlasError."""
    mapping = request_for(record, mapping_of_import(record))
    with source_of(record) as source:
        return keep_analysis(source, mapping, actor_of(request))


def _mapping(form: ImportForm, settings: FileSettingsForm) -> MappingRequest:
    """Return the mapping of the page. The types of all columns are asked for: those of the table may change."""
    mapping = form.mapping()
    options = {**mapping["source_options"], **settings.source_options()}
    cleared = settings.requested.keys() - settings.source_options().keys()
    mapping["source_options"] = {key: value for key, value in options.items() if key not in cleared}
    mapping["strategy"] = "auto"
    request = parse_mapping(mapping)
    return replace(request, force_import=False)


def _digest(mapping: MappingRequest) -> str:
    """Return what tells whether the settings of the page are those whose changes were shown."""
    return hashlib.sha256(json.dumps(mapping.as_given, sort_keys=True, default=str).encode()).hexdigest()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # which is no analysis
