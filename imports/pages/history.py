"""The home page, the history, and the pages of one import, its errors and its skipped rows."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.actors import actor_of
from core.pagination import BoundedPaginator, LookedUpPaginator, page_of
from core.web.pages import page
from imports.analysis.previous_mapping import has_mapping_to_save
from imports.conversion.stored_plan import has_plan
from imports.errors import NothingLoaded
from imports.history.filters import BY_OUTCOME
from imports.history.undo_notes import rows_kept
from imports.history.users import with_user_names
from imports.jobs.status import describe_in_detail, state_of
from imports.loading.duplicate_differences import key_of
from imports.mapping.wording import mapped_columns, rules_in_words
from imports.models import Analysis, ImportHistory, ImportStatus, KeptRecord, MappingError, RowUpdate
from imports.pages import mapping_wording, wording
from imports.pages.dashboard import DAYS, daily_tiles, imports_in_progress, numbers_of_last_days
from imports.pages.filter_forms import ErrorsForm, HistoryPageFilter, SkippedRowsForm, UploadForm
from imports.pages.import_details import audit_entries, rows_with_errors, summarize_corrections, summarize_errors
from imports.pages.mapping_forms import SaveForm
from imports.pages.record_details import existing_rows, record_details, skipped_cells, updated_row
from imports.permissions import ADD, VIEW
from imports.proposals.column import ReadColumn, read_columns
from imports.proposals.expected import expected_value
from imports.sources.disk_space import disk_nearly_full, short_of_space
from imports.sources.kept_files import is_offered
from imports.tables.catalog import data_tables

MAX_RECENT, MAX_FAILED, MAX_IN_PROGRESS, MAX_AUDIT_ENTRIES = 8, 5, 5, 20
VIEW_AUDIT_LOG = "audit.view_auditentry"


@require_safe
@page(VIEW)
def home(request: HttpRequest) -> HttpResponse:
    imports = with_user_names(ImportHistory.objects.all()).defer("mapping_config")
    in_progress = imports_in_progress(MAX_IN_PROGRESS + 1)
    space = short_of_space() if request.user.is_staff else None
    context = {
        "recent": imports.exclude(status=ImportStatus.IN_PROGRESS)[:MAX_RECENT],
        "failed": imports.filter(BY_OUTCOME[ImportStatus.FAILED])[:MAX_FAILED],
        "in_progress": in_progress[:MAX_IN_PROGRESS],
        "has_more_in_progress": len(in_progress) > MAX_IN_PROGRESS,
        "tiles": daily_tiles(numbers_of_last_days()),
        "days": DAYS,
        "form": UploadForm(),
        "shortage": space and disk_nearly_full(space),
    }
    return render(request, "imports/home.html", context)


@require_safe
@page(VIEW)
def history(request: HttpRequest) -> HttpResponse:
    if "" in request.GET.values():
        return redirect(f"{request.path}?{_without_empty(request.GET).urlencode()}".removesuffix("?"))
    filters = HistoryPageFilter(request.GET)
    imports = with_user_names(filters.qs).prefetch_related("task").defer("mapping_config", "warnings")
    context = {
        "form": filters.form,
        "page": page_of(request, imports, paginator=LookedUpPaginator),
        "is_narrowed": bool(request.GET.keys() - {"page", "sort"}),
        "sort": filters.form.cleaned_data.get("sort", ""),
        "group": group_of(filters.form.cleaned_data.get("group", "")),
        "saved_mapping": filters.form.cleaned_data.get("saved_mapping", ""),
        "tables": data_tables(),
        "section": "history",
    }
    return render(request, "imports/history.html", context)


def group_of(text: str) -> UUID | None:
    """Return the id of a group of imports; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _without_empty(params: QueryDict) -> QueryDict:
    """Return the parameters that have a value: a short address to share."""
    filled = params.copy()
    for name in [name for name, value in params.items() if not value]:
        del filled[name]
    return filled


@require_safe
@page(VIEW)
def detail(request: HttpRequest, import_id: UUID) -> HttpResponse:
    record = get_object_or_404(with_user_names(ImportHistory.objects.all()), pk=import_id)
    config = record.mapping_config or {}
    everything = "all" in request.GET
    context = {
        "import": record,
        "balance": wording.balance(record),
        "not_read": wording.not_read_in_words(record.not_read),
        "phases": wording.phases(record),
        "columns": mapped_columns(config),
        "options": wording.reading_options(config.get("source_options")),
        "rules": [*wording.rules(config), *rules_in_words(config)],
        "reason": wording.strategy_reason_in_words(record),
        "analysis": _analysis_of(request, record),
        "state": state_of(record, describe_in_detail) if record.status == ImportStatus.IN_PROGRESS else None,
        "is_kept": record.file_hash is not None and is_offered(record.file_hash),
        "rows_kept": rows_kept(record),
        "can_repair": can_repair(request, record),
        "has_repairs": record.repairs.exists(),
        "saved": (record.metadata or {}).get("saved_mapping"),
        "saved_changes": mapping_wording.changed_keys((record.metadata or {}).get("saved_mapping")),
        "saving": SaveForm() if has_mapping_to_save(record) and request.user.has_perm(ADD) else None,
        "corrections": summarize_corrections(record, everything=everything),
        "error_summary": summarize_errors(record, everything=everything),
        "log": audit_entries(record)[:MAX_AUDIT_ENTRIES] if request.user.has_perm(VIEW_AUDIT_LOG) else None,
        "section": "history",
    }
    return render(request, "imports/import.html", context)


def can_repair(request: HttpRequest, record: ImportHistory) -> bool:
    """Return whether to offer the user to repair rows; the page for it says what else may prevent it."""
    takes_repairs = record.is_active or (record.undone_at is None and record.error_code == NothingLoaded.code)
    has_errors = bool(record.mapping_errors_count) and has_plan(record.mapping_config)
    return takes_repairs and has_errors and request.user.has_perm(ADD)


def _analysis_of(request: HttpRequest, record: ImportHistory) -> Analysis | None:
    """Return the preview that a failed import was started from, if it is the user's own."""
    if record.status != ImportStatus.FAILED or record.analysis_id is None:
        return None
    return Analysis.objects.filter(pk=record.analysis_id, user_id=actor_of(request).user_id).first()


@require_safe
@page(VIEW)
def errors(request: HttpRequest, import_id: UUID) -> HttpResponse:
    record = get_object_or_404(ImportHistory, pk=import_id)
    summary = summarize_errors(record, everything="all" in request.GET, repairs=request.user.has_perm(ADD))
    form = ErrorsForm(summary, request.GET)
    matching = form.matching(MappingError.objects.filter(import_record=record))
    shown = page_of(request, matching, paginator=BoundedPaginator)
    numbers = {error.record_number for error in shown if error.record_number is not None}
    details = record_details(record, numbers)
    columns = read_columns(record.mapping_config)
    context = {
        "import": record,
        "summary": summary,
        "rows": rows_with_errors(record),
        "can_repair": can_repair(request, record),
        "form": form,
        "message_pattern": form.message_pattern(),
        "shape": form.cleaned_data.get("shape"),
        "repairs": request.user.has_perm(ADD),
        "is_narrowed": form.has_changed(),
        "page": shown,
        "errors": [(error, expected_of(error, columns), details.get(error.record_number or 0)) for error in shown],
        "section": "history",
    }
    return render(request, "imports/errors.html", context)


def expected_of(error: MappingError, columns: Mapping[str, ReadColumn]) -> dict[str, str | None] | None:
    """Return what would fit in place of the value; None for an error of a whole row."""
    column = columns.get(error.target_field or "")
    return expected_value(error.source_value, column) if column else None


@require_safe
@page(VIEW)
def skipped(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """List the rows of the file that were not imported."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    form = SkippedRowsForm.from_address(request.GET)
    matching = form.matching(KeptRecord.objects.filter(import_record=record))
    shown = page_of(request, matching, paginator=BoundedPaginator)
    matched = existing_rows(record, shown)
    records = []
    for original, values in wording.originals(shown):
        match = matched.get(original.record_number)
        records.append((original, skipped_cells(record, values, match), match))
    header = (record.mapping_config or {}).get("header") or []
    context = {
        "import": record,
        "form": form,
        "is_narrowed": form.has_changed(),
        "page": shown,
        "records": records,
        "can_repair": can_repair(request, record),
        "header": header,
        "extra_columns": range(max((len(values) for _, values, _ in records), default=0) - len(header)),
        "section": "history",
    }
    return render(request, "imports/skipped.html", context)


@require_safe
@page(VIEW)
def updated(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """List the rows of the table that an import changed."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    updates = RowUpdate.objects.filter(import_record=record).order_by("record_number")
    shown = page_of(request, updates, paginator=BoundedPaginator)
    key = key_of(record)
    context = {
        "import": record, "page": shown, "rows": [updated_row(update, key) for update in shown], "key": key,
        "section": "history",
    }  # fmt: skip
    return render(request, "imports/updated.html", context)


@require_safe
@page(VIEW)
def skipped_before(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Redirect the earlier address of the page of skipped rows, which users may have bookmarked."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(reverse("imports:skipped", args=[import_id]) + query, permanent=True)
