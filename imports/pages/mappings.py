"""The pages of saved mappings: the list, one mapping with its versions, and a test run."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core.actors import actor_of
from core.errors import AtlasError
from core.messages import message_of
from core.pagination import page_of
from core.web.body_sizes import BodySize, takes
from core.web.lanes import LaneName, runs_in
from core.web.pages import form_data, page, render_with_error
from imports.analysis.mapping_test_run import run_mapping_test
from imports.mapping.json_values import as_object
from imports.models import SavedMapping, SavedMappingVersion
from imports.pages import mapping_wording, messages, preview_wording, wording
from imports.pages.mapping_forms import (
    DescriptionForm,
    MappingsForm,
    TestRunForm,
    UploadMappingForm,
    VersionForm,
)
from imports.permissions import ADD, VIEW
from imports.refusals import audit_refused_files
from imports.saved_mappings import store
from imports.saved_mappings.differences import differences
from imports.saved_mappings.exchange import beginning_of, import_file
from imports.saved_mappings.names import version_of
from imports.saved_mappings.usage import Usage, usage_of_mappings, usage_of_versions
from imports.saved_mappings.use import request_of
from imports.sources.upload import received

VERSIONS_PER_PAGE = 20


@require_safe
@page(VIEW)
def mappings(request: HttpRequest) -> HttpResponse:
    return _show_list(request, UploadMappingForm())


@takes(BodySize.RECORDS)
@require_POST
@page(ADD)
def upload_mapping(request: HttpRequest) -> HttpResponse:
    """Save a mapping that was exported."""
    form = UploadMappingForm(request.POST, request.FILES)
    problem = None
    if form.is_valid():
        data = form.cleaned_data
        try:
            saved = import_file(
                beginning_of(data["file"]), actor_of(request), name=data["name"], new_version=data["new_version"]
            )
            return after_saving(request, saved)
        except AtlasError as error:
            form.add_error(None, wording.error_in_words(error))
            problem = error
    return _show_list(request, form, problem)


def _show_list(request: HttpRequest, upload: UploadMappingForm, problem: AtlasError | None = None) -> HttpResponse:
    form = MappingsForm(request.GET)
    shown = page_of(request, form.matching(SavedMapping.objects.all()))
    usage = usage_of_mappings(shown)
    context = {
        "form": form,
        "is_narrowed": form.has_changed(),
        "page": shown,
        "mappings": [(mapping, usage.get(mapping.pk, Usage())) for mapping in shown],
        "upload": upload,
        "section": "mappings",
    }
    return render_with_error(request, "imports/mappings.html", context, problem)


@require_safe
@page(VIEW)
def mapping(request: HttpRequest, name: str) -> HttpResponse:
    """Show a mapping: what it says, its versions, and what differs between two of them."""
    found = store.find(name)
    version = _version_in(request, found, "version", found.latest_version)
    form = VersionForm(initial={"mapping": _as_text(version), "base_version": found.latest_version})
    return _show_mapping(request, version, form)


@takes(BodySize.RECORDS)
@require_POST
@page(ADD)
def save_mapping_version(request: HttpRequest, name: str) -> HttpResponse:
    """Save a new version, which the user wrote as JSON."""
    found = store.find(name)
    form = VersionForm(request.POST)
    problem = None
    if form.is_valid():
        data = form.cleaned_data
        try:
            draft = store.Draft(as_object(data["mapping"], "mapping"))
            saved = store.save_version(
                found, draft, actor_of(request), note=data["note"], base=data["base_version"]
            )  # fmt: skip
            return after_saving(request, saved)
        except AtlasError as error:
            form.add_error(None, wording.error_in_words(error))
            problem = error
    return _show_mapping(request, store.version_of(found, found.latest_version), form, problem)


@require_POST
@page(ADD)
def change_mapping(request: HttpRequest, name: str) -> HttpResponse:
    """Archive or restore a mapping, or change its description, as the button of the page says."""
    found, actor = store.find(name), actor_of(request)
    if "archive" in request.POST:
        store.archive(found, actor)
        notices.success(request, str(messages.MAPPING_NOW_ARCHIVED(name=found.name)))
    elif "restore" in request.POST:
        store.restore(found, actor)
        notices.success(request, str(messages.MAPPING_RESTORED(name=found.name)))
    else:
        form = DescriptionForm(request.POST)
        if form.is_valid():
            store.describe(found, form.cleaned_data["description"], actor)
        else:
            notices.error(request, str(form.errors["description"][0]))
    return redirect("imports:mapping", found.name)


def _show_mapping(
    request: HttpRequest, version: SavedMappingVersion, form: VersionForm, problem: AtlasError | None = None
) -> HttpResponse:
    found = version.saved_mapping
    versions = page_of(request, found.versions.order_by("-version"), VERSIONS_PER_PAGE)
    usage = usage_of_versions(found)
    after = _version_in(request, found, "after", version.version)
    before = _version_in(request, found, "before", max(after.version - 1, 1))
    context = {
        "mapping": found,
        "version": version,
        "columns": mapping_wording.columns(version.config),
        "takes_all_columns": mapping_wording.takes_all_columns(version.config),
        "rules": mapping_wording.rules(version.config),
        "options": mapping_wording.options(version.config),
        "page": versions,
        "versions": [(one, usage.get(one.version, Usage())) for one in versions],
        "before": before.version,
        "after": after.version,
        "differences": mapping_wording.sentences(differences(before.config, after.config)),
        "form": form,
        "description": DescriptionForm(initial={"description": found.description}),
        "section": "mappings",
    }
    return render_with_error(request, "imports/mapping.html", context, problem)


@takes(BodySize.FILE)
@runs_in(LaneName.WORK)
@page(ADD)
def mapping_test_run(request: HttpRequest, name: str) -> HttpResponse:
    """Show what an import of a file with this mapping would do; nothing is imported."""
    found = store.find(name)
    version = _version_in(request, found, "version", found.latest_version)
    form = TestRunForm(form_data(request), request.FILES or None, initial={"version": version.version})
    result = problem = None
    if request.method == "POST" and form.is_valid():
        try:
            result = _tested(request, version, form.cleaned_data["file"])
        except AtlasError as error:
            problem = error
    context: dict[str, Any] = {
        "mapping": found,
        "version": version,
        "form": form,
        "result": result,
        "problem": problem and wording.error_in_words(problem),
        "section": "mappings",
    }
    if result:
        context["numbers"] = preview_wording.dry_run_numbers(result)
        context["strategy"] = preview_wording.strategy(result)
        context["warnings"] = [wording.in_words(message_of(warning)) for warning in result["warning_details"]]
    return render_with_error(request, "imports/mapping_test_run.html", context, problem)


def _tested(request: HttpRequest, version: SavedMappingVersion, file: Any) -> dict[str, Any]:
    actor = actor_of(request)
    with audit_refused_files(actor, file.name), received(file, limit=settings.ATLAS_MAX_UPLOAD_BYTES) as source:
        return run_mapping_test(source, request_of(version), actor)


def after_saving(request: HttpRequest, saved: store.Saved) -> HttpResponse:
    """Show the mapping that was saved, and say so."""
    notices.success(request, saved_in_words(saved))
    return redirect("imports:mapping", saved.version.saved_mapping.name)


def saved_in_words(saved: store.Saved) -> str:
    sentence = messages.MAPPING_SAVED if saved.is_new else messages.MAPPING_UNCHANGED
    return str(sentence(name=saved.version.saved_mapping.name, version=saved.version.version))


def _version_in(request: HttpRequest, found: SavedMapping, parameter: str, default: int) -> SavedMappingVersion:
    """Return the version that the address or the form names. Raises UnknownMapping."""
    text = request.GET.get(parameter, "")
    return store.version_of(found, version_of(text) or default)


def _as_text(version: SavedMappingVersion) -> str:
    return json.dumps(version.config, indent=2, ensure_ascii=False)


def address_of(saved: dict[str, Any]) -> str:
    """Return the address of the page of a version, as an import or a preview names it."""
    return f"{reverse('imports:mapping', args=[saved['name']])}?version={saved['version']}"
