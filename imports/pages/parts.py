"""Import all sheets of a workbook, or all files of an archive, from the preview of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from core.actors import actor_of
from core.errors import AtlasError
from core.web.body_sizes import BodySize, takes
from core.web.pages import page
from imports.analysis.analyse import source_of
from imports.analysis.previous_mapping import VALUE_OPTIONS
from imports.jobs.queue import has_queued_imports, queue_import
from imports.loading.parts import FilePart, for_each, parts_of
from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.pages import messages, wording
from imports.pages.import_form import ImportForm
from imports.pages.upload import own_analysis
from imports.permissions import ADD
from imports.readers.parts import ALL, PARTS


@takes(BodySize.RECORDS)
@require_POST
@page(ADD)
def import_all(request: HttpRequest, analysis_id: UUID) -> HttpResponse:
    """Import every sheet or file into a table of its own, at once or by a worker, and show them in the history."""
    analysis = own_analysis(request, analysis_id)
    form = ImportForm(analysis.findings, request.POST)
    form.is_valid()  # what concerns the columns of the one that is shown does not concern the others
    mapping = form.settings_without_columns() | {"source_options": _options(analysis.findings)}
    actor = actor_of(request)
    try:
        with source_of(analysis, actor) as source:
            is_large = source.size >= settings.ATLAS_BACKGROUND_BYTES

            def imported(part: FilePart) -> None:
                options: Any = {"analysis_id": analysis.pk, "metadata": part.metadata}
                if is_large or has_queued_imports(part.table_name):
                    queue_import(source, part.request, actor, **options)
                else:
                    run_import(source, part.request, actor, **options)

            parts = parts_of(source, parse_mapping(mapping))
            outcomes = for_each(parts, imported)
    except AtlasError as error:
        notices.error(request, wording.error_in_words(error))
        return redirect("imports:analysis", analysis.pk)
    for outcome in outcomes:
        if outcome.error:
            notice = messages.PART_REFUSED(part=outcome.part.name, why=outcome.error.message.as_json())
            notices.warning(request, str(notice))
    return redirect(f"{reverse('imports:history')}?group={parts[0].group}")


def _options(findings: dict[str, Any]) -> dict[str, Any]:
    """Return the options that hold for every part: how values are written."""
    requested = findings["mapping"]["source_options"]
    option = next((name for name in PARTS if len(findings["choices"].get(name, [])) > 1), PARTS[-1])
    return {name: value for name, value in requested.items() if name in VALUE_OPTIONS} | {option: ALL}
