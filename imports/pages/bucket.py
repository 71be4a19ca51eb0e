"""The page of the Backblaze B2 bucket: list its files, preview or import one of them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from core.actors import actor_of
from core.errors import AtlasError
from core.web.pages import page, render_with_error
from imports.analysis.analyse import keep_analysis
from imports.jobs.queue import queue_b2_import
from imports.mapping import MappingRequest
from imports.models import Analysis, ImportTask
from imports.permissions import ADD
from imports.refusals import audit_refused_files
from imports.sources.b2 import find, listed
from imports.sources.b2_download import downloaded_b2_file

PER_PAGE = 100


@page(ADD)
def bucket(request: HttpRequest) -> HttpResponse:
    """List folders and files by name. Preview the file that the form names, or import it in the background."""
    problem = None
    if request.method == "POST":
        try:
            if "import_without_preview" in request.POST:
                task = _queue_import(request, request.POST["import_without_preview"])
                return redirect("imports:detail", task.import_record_id)
            return redirect("imports:analysis", _analyse(request, request.POST.get("file_name", "")).analysis_id)
        except AtlasError as error:
            problem = error
    return _show_listing(request, problem)


def _analyse(request: HttpRequest, name: str) -> Analysis:
    actor = actor_of(request)
    with downloaded_b2_file(name, actor) as source:
        return keep_analysis(source, MappingRequest(), actor)


def _queue_import(request: HttpRequest, name: str) -> ImportTask:
    actor = actor_of(request)
    with audit_refused_files(actor, name):
        return queue_b2_import(find(name), MappingRequest(), actor)


def _show_listing(request: HttpRequest, problem: AtlasError | None) -> HttpResponse:
    prefix, after = request.GET.get("prefix", ""), request.GET.get("after", "")
    folder = prefix[: prefix.rfind("/") + 1]
    listing = listed(prefix, after, PER_PAGE)
    context = {
        "bucket": settings.B2_BUCKET,
        "background_bytes": settings.ATLAS_BACKGROUND_BYTES,
        "prefix": prefix,
        "after": after,
        "listing": listing,
        "entries": [(entry, entry.name[len(folder) :]) for entry in listing.entries],
        "parent_folders": _parent_folders(folder),
        "problem": problem,
        "section": "upload",
    }
    return render_with_error(request, "imports/bucket.html", context, problem)


def _parent_folders(folder: str) -> list[tuple[str, str]]:
    """Return path and name of each folder that leads to this one, itself included, from the top."""
    names = folder.split("/")[:-1]
    return [("/".join(names[: depth + 1]) + "/", name) for depth, name in enumerate(names)]
