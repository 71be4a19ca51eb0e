"""The pages of the audit log: its entries and its verification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_filters import CharFilter

from audit.chain import Anchor, head, verify
from audit.filters import AuditEntryFilter
from audit.models import AuditEntry
from audit.permissions import MayAudit
from audit.wording import action_label, detail_lines, recent_actions
from core.api.filters import MomentFilter
from core.pagination import BoundedPaginator
from core.web.forms import PageForm

PER_PAGE = 50


def for_auditors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    return login_required(permission_required(MayAudit.permission, raise_exception=True)(view))


class LogFilter(AuditEntryFilter):
    """The filters of the API, with fields to fill in."""

    actor = CharFilter(label="User")
    action = CharFilter(widget=forms.TextInput({"list": "actions", "autocomplete": "off"}))
    subject = CharFilter(label="Object")
    search = CharFilter(
        method="filter_search",
        label="Search",
        widget=forms.SearchInput({"placeholder": "User, action or object"}),
    )
    since = MomentFilter(
        field_name="happened_at", lookup_expr="gte", label="From (UTC)", widget=forms.DateInput({"type": "date"})
    )
    until = MomentFilter(
        field_name="happened_at", lookup_expr="lte", end_of_day=True, label="To (UTC)",
        widget=forms.DateInput({"type": "date"}),
    )  # fmt: skip

    class Meta(AuditEntryFilter.Meta):
        form = PageForm


@require_safe
@for_auditors
def log(request: HttpRequest) -> HttpResponse:
    log_filter = LogFilter(request.GET, queryset=AuditEntry.objects.select_related("kept_detail"))
    page = BoundedPaginator(log_filter.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": log_filter.form,
        "page": page,
        "is_filtered": any(request.GET.get(name) for name in log_filter.form.fields),
        "entries": [
            (entry, action_label(entry.action), detail_lines(entry), _is_import_id(entry.subject)) for entry in page
        ],
        "actions": recent_actions(),
        "section": "audit",
    }
    return render(request, "audit/log.html", context)


class AnchorsForm(PageForm):
    """Checkpoints of the log that an auditor stored, one per line."""

    anchors = forms.CharField(
        required=False,
        label="Saved checkpoints, one per line (optional)",
        widget=forms.Textarea({"rows": 2}),
    )

    def clean_anchors(self) -> list[Anchor]:
        try:
            return [Anchor.parse(line) for line in self.cleaned_data["anchors"].splitlines() if line.strip()]
        except ValueError as error:
            raise ValidationError(str(error)) from None


@for_auditors
def verify_log(request: HttpRequest) -> HttpResponse:
    """Show how many entries there are; a POST checks each."""
    form = AnchorsForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "head": head(), "section": "audit"}
    if form.is_valid():
        context["verdict"] = verify(form.cleaned_data["anchors"])
    return render(request, "audit/verify.html", context)


def _is_import_id(subject: str) -> bool:
    """Return whether the subject of an entry is an import."""
    try:
        UUID(subject)
    except ValueError:
        return False
    return True
