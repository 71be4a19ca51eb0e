"""Saved mappings in the preview of a file and on the page of an import: use one, or save the mapping that is shown."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages as notices
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from core.actors import actor_of
from core.errors import AtlasError
from core.web.body_sizes import BodySize, takes
from core.web.pages import page
from imports.analysis.analyse import keep_analysis, source_of
from imports.analysis.previous_mapping import mapping_to_save
from imports.mapping import MappingRequest
from imports.mapping.request import SavedVersion
from imports.models import Analysis, ImportHistory, SavedMapping
from imports.pages import messages, wording
from imports.pages.file_settings_form import FileSettingsForm
from imports.pages.import_form import ImportForm
from imports.pages.mapping_forms import SaveForm
from imports.pages.mappings import after_saving, saved_in_words
from imports.pages.upload import own_analysis, show_findings
from imports.permissions import ADD
from imports.refusals import audit_refused_files
from imports.saved_mappings import store
from imports.saved_mappings.names import key_of, parse_reference
from imports.saved_mappings.use import request_of


@require_POST
@page(ADD)
def use_mapping(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """Show the file as it would be imported with a saved mapping."""
    analysis = own_analysis(request, analysis_id)
    try:
        version = store.usable_version(parse_reference(request.POST.get("saved_mapping", "")))
        shown = _analysed_again(request, analysis, request_of(version))
    except AtlasError as error:
        notices.error(request, wording.error_in_words(error))
        return redirect("imports:analysis", analysis.pk)
    notice = messages.MAPPING_USED(name=version.saved_mapping.name, version=version.version)
    notices.success(request, str(notice))
    return redirect("imports:analysis", shown.pk)


def _analysed_again(request: HttpRequest, analysis: Analysis, mapping: MappingRequest) -> Analysis:
    actor = actor_of(request)
    with audit_refused_files(actor, analysis.file_name), source_of(analysis, actor) as source:
        return keep_analysis(source, mapping, actor)


@takes(BodySize.RECORDS)
@require_POST
@page(ADD)
def save_preview_mapping(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """Save the mapping of a preview, as the user has changed it, and use it from then on."""
    analysis = own_analysis(request, analysis_id)
    form, saving = ImportForm(analysis.findings, request.POST), SaveForm(request.POST)
    file_settings = FileSettingsForm(analysis.findings, request.POST)
    problem = None
    if file_settings.is_valid() and file_settings.has_changes():
        saving.add_error("mapping_name", str(messages.FILE_SETTINGS_NOT_APPLIED()))
    if form.is_valid() and saving.is_valid():
        header = [column["header"] for column in analysis.findings["columns"]]
        try:
            saved = _saved(request, saving, store.Draft(form.mapping_to_save(), header), form.saved_version())
            shown = _analysed_again(request, analysis, request_of(saved.version))
            notices.success(request, saved_in_words(saved))
            return redirect("imports:analysis", shown.pk)
        except AtlasError as error:
            problem = error
            saving.add_error("mapping_name", wording.error_in_words(error))
    return show_findings(request, analysis, form, file_settings, problem, saving)


@require_POST
@page(ADD)
def save_import_mapping(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Save the mapping of an import."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    saving = SaveForm(request.POST)
    try:
        if saving.is_valid():
            return after_saving(request, _saved(request, saving, mapping_to_save(record)))
        notices.error(request, _errors_in(saving))
    except AtlasError as error:
        notices.error(request, wording.error_in_words(error))
    return redirect("imports:detail", record.pk)


def _saved(request: HttpRequest, saving: Form, draft: store.Draft, used: SavedVersion | None = None) -> store.Saved:
    """Save a draft as the form says: under a new name or, where that is asked for, as a version of the name's mapping.

    used: by the preview; what was saved after it is not overwritten unseen.
    """
    data, actor = saving.cleaned_data, actor_of(request)
    name, note = data["mapping_name"], data["mapping_note"]
    existing = SavedMapping.objects.filter(name_key=key_of(name)).first() if data["new_version"] else None
    if existing:
        base = used.version if used and used.mapping_id == existing.pk else None
        return store.save_version(existing, draft, actor, note=note, base=base)
    return store.Saved(store.create(name, draft, actor, note=note), is_new=True)


def _errors_in(form: Form) -> str:
    return " ".join(f"{form[name].label}: {error}" for name, errors in form.errors.items() for error in errors)
