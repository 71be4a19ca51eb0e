"""Progress and cancellation of an import that a worker runs."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from core.actors import actor_of
from core.web.lanes import LaneName, runs_in
from core.web.pages import page
from imports.jobs.queue import cancel
from imports.jobs.status import describe_in_detail
from imports.models import ImportTask
from imports.permissions import ADD, VIEW


@require_safe
@page(VIEW)
def progress(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Return the part of the import's page that changes while it runs."""
    return render(request, "partials/progress.html", {"state": describe_in_detail(_task(import_id))})


@runs_in(LaneName.READ)
@page(ADD)
def cancel_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show the confirmation, or cancel the import."""
    task = _task(import_id)
    if request.method == "POST":
        cancel(task.pk, actor_of(request))
        return redirect("imports:detail", import_id)
    context = {"import": task.import_record, "state": describe_in_detail(task), "section": "history"}
    return render(request, "imports/cancel.html", context)


def _task(import_id: UUID) -> ImportTask:
    return get_object_or_404(ImportTask.objects.select_related("import_record"), import_record=import_id)
