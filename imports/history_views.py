"""The pages of what came in: home, history, one import with its errors and kept records."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from atlas.api import actor_of
from imports import in_words
from imports.forms import ErrorsForm, HistoryForm, KeptForm, UploadForm
from imports.lately import DAYS, numbers_of_last_days, state_of, unfinished
from imports.models import Analysis, ImportHistory, ImportStatus, KeptRecord
from imports.pages import VIEW, page, page_of
from imports.people import with_user_names
from imports.rules_in_words import rules_in_words
from imports.sources.kept import is_kept
from imports.tables.schema import data_tables
from imports.undone import rows_kept

LATELY, FAILED_LATELY, UNFINISHED = 8, 5, 5


@require_safe
@page(VIEW)
def home(request: HttpRequest) -> HttpResponse:
    imports = with_user_names(ImportHistory.objects.all()).defer("mapping_config")
    waiting = unfinished(UNFINISHED + 1)
    context = {
        "lately": imports.exclude(status=ImportStatus.IN_PROGRESS)[:LATELY],
        "failed": imports.filter(status=ImportStatus.FAILED)[:FAILED_LATELY],
        "unfinished": waiting[:UNFINISHED],
        "more_unfinished": len(waiting) > UNFINISHED,
        "numbers": in_words.daily_numbers(numbers_of_last_days()),
        "days": DAYS,
        "form": UploadForm(),
    }
    return render(request, "imports/home.html", context)


@require_safe
@page(VIEW)
def history(request: HttpRequest) -> HttpResponse:
    if "" in request.GET.values():
        return redirect(f"{request.path}?{_given(request.GET).urlencode()}".removesuffix("?"))
    form = HistoryForm(request.GET)
    imports = with_user_names(form.matching()).prefetch_related("task").defer("mapping_config", "warnings")
    context = {
        "form": form,
        "page": page_of(request, imports),
        "is_narrowed": bool(request.GET.keys() - {"page", "sort"}),
        "sort": form.cleaned_data.get("sort", ""),
        "tables": data_tables(),
        "section": "history",
    }
    return render(request, "imports/history.html", context)


def _given(address: QueryDict) -> QueryDict:
    """Without the fields that were left empty: an address to pass on."""
    given = address.copy()
    for name in [name for name, value in address.items() if not value]:
        del given[name]
    return given


@require_safe
@page(VIEW)
def one_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    found = get_object_or_404(with_user_names(ImportHistory.objects.all()), pk=import_id)
    config = found.mapping_config or {}
    context = {
        "import": found,
        "balance": in_words.balance(found),
        "phases": in_words.phases(found),
        "columns": in_words.mapped_columns(config),
        "options": in_words.reading_options(config.get("source_options")),
        "rules": [*in_words.rules(config), *rules_in_words(config)],
        "reason": config.get("strategy_reason"),
        "looked_at": _looked_at(request, found),
        "state": state_of(found) if found.status == ImportStatus.IN_PROGRESS else None,
        "is_kept": found.file_hash is not None and is_kept(found.file_hash),
        "rows_kept": rows_kept(found),
        "section": "history",
    }
    return render(request, "imports/import.html", context)


def _looked_at(request: HttpRequest, found: ImportHistory) -> Analysis | None:
    """The look at the file before this import, where the person may go back to it."""
    if found.status != ImportStatus.FAILED or found.analysis_id is None:
        return None
    return Analysis.objects.filter(pk=found.analysis_id, user_id=actor_of(request).user_id).first()


@require_safe
@page(VIEW)
def errors(request: HttpRequest, import_id: UUID) -> HttpResponse:
    found = get_object_or_404(ImportHistory, pk=import_id)
    form = ErrorsForm(found, request.GET)
    context = {"import": found, "form": form, "page": page_of(request, form.matching()), "section": "history"}
    return render(request, "imports/errors.html", context)


@require_safe
@page(VIEW)
def kept(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """The records that did not become rows, whole."""
    found = get_object_or_404(ImportHistory, pk=import_id)
    form = KeptForm(request.GET)
    records = KeptRecord.objects.filter(import_record=found)
    fate = form.chosen()
    shown = page_of(request, records.filter(fate=fate) if fate else records)
    records_shown = in_words.originals(shown.object_list)
    header = (found.mapping_config or {}).get("header") or []
    context = {
        "import": found,
        "form": form,
        "page": shown,
        "records": records_shown,
        "header": header,
        "beyond": range(max((len(values) for _, values in records_shown), default=0) - len(header)),
        "section": "history",
    }
    return render(request, "imports/kept.html", context)
