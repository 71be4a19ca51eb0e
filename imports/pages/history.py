"""The pages of what came in: home, history, one import with its errors and kept records."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.actors import actor_of
from core.pagination import BoundedPaginator, LookedUpPaginator, page_of
from core.web.pages import page
from imports.history.undo_notes import rows_kept
from imports.history.users import with_user_names
from imports.jobs.status import describe_in_detail, state_of
from imports.mapping import wording
from imports.mapping.wording import rules_in_words
from imports.models import Analysis, ImportHistory, ImportStatus, KeptRecord, MappingError
from imports.pages import dashboard
from imports.pages import wording as in_words
from imports.pages.dashboard import DAYS, numbers_of_last_days, unfinished
from imports.pages.filter_forms import (
    ErrorsForm,
    HistoryPageFilter,
    KeptForm,
    UploadForm,
)
from imports.pages.import_details import corrections_of, errors_of, log_of
from imports.pages.record_details import matched_row_urls, whole_records
from imports.permissions import VIEW
from imports.sources.kept_files import is_offered
from imports.tables.catalog import data_tables

LATELY, FAILED_LATELY, UNFINISHED, LOGGED = 8, 5, 5, 20
LOG = "audit.view_auditentry"


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
        "numbers": dashboard.daily_numbers(numbers_of_last_days()),
        "days": DAYS,
        "form": UploadForm(),
    }
    return render(request, "imports/home.html", context)


@require_safe
@page(VIEW)
def history(request: HttpRequest) -> HttpResponse:
    if "" in request.GET.values():
        return redirect(f"{request.path}?{_given(request.GET).urlencode()}".removesuffix("?"))
    asked = HistoryPageFilter(request.GET)
    imports = with_user_names(asked.qs).prefetch_related("task").defer("mapping_config", "warnings")
    context = {
        "form": asked.form,
        "page": page_of(request, imports, paginator=LookedUpPaginator),
        "is_narrowed": bool(request.GET.keys() - {"page", "sort"}),
        "sort": asked.form.cleaned_data.get("sort", ""),
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
def detail(request: HttpRequest, import_id: UUID) -> HttpResponse:
    found = get_object_or_404(with_user_names(ImportHistory.objects.all()), pk=import_id)
    config = found.mapping_config or {}
    everything = "all" in request.GET
    context = {
        "import": found,
        "balance": in_words.balance(found),
        "phases": in_words.phases(found),
        "columns": wording.mapped_columns(config),
        "options": in_words.reading_options(config.get("source_options")),
        "rules": [*in_words.rules(config), *rules_in_words(config)],
        "reason": config.get("strategy_reason"),
        "looked_at": _looked_at(request, found),
        "state": state_of(found, describe_in_detail) if found.status == ImportStatus.IN_PROGRESS else None,
        "is_kept": found.file_hash is not None and is_offered(found.file_hash),
        "rows_kept": rows_kept(found),
        "corrections": corrections_of(found, everything=everything),
        "error_kinds": errors_of(found, everything=everything),
        "log": log_of(found)[:LOGGED] if request.user.has_perm(LOG) else None,
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
    kinds = errors_of(found, everything="all" in request.GET)
    form = ErrorsForm(kinds, request.GET)
    matching = form.matching(MappingError.objects.filter(import_record=found))
    shown = page_of(request, matching, paginator=BoundedPaginator)
    numbers = {error.record_number for error in shown if error.record_number is not None}
    records = whole_records(found, numbers)
    context = {
        "import": found,
        "kinds": kinds,
        "form": form,
        "pattern": form.pattern(),
        "is_narrowed": form.has_changed(),
        "page": shown,
        "errors": [(error, records.get(error.record_number or 0)) for error in shown],
        "section": "history",
    }
    return render(request, "imports/errors.html", context)


@require_safe
@page(VIEW)
def skipped(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """The records that did not become rows, whole."""
    found = get_object_or_404(ImportHistory, pk=import_id)
    form = KeptForm(request.GET)
    matching = form.matching(KeptRecord.objects.filter(import_record=found))
    shown = page_of(request, matching, paginator=BoundedPaginator)
    rows = matched_row_urls(found, shown)
    records = [
        (record, values, rows.get(record.record_number)) for record, values in in_words.originals(shown.object_list)
    ]
    header = (found.mapping_config or {}).get("header") or []
    context = {
        "import": found,
        "form": form,
        "is_narrowed": form.has_changed(),
        "page": shown,
        "records": records,
        "header": header,
        "beyond": range(max((len(values) for _, values, _ in records), default=0) - len(header)),
        "section": "history",
    }
    return render(request, "imports/skipped.html", context)


@require_safe
@page(VIEW)
def skipped_before(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Redirect the earlier address of the page of skipped rows, which people may have kept."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(reverse("imports:skipped", args=[import_id]) + query, permanent=True)
