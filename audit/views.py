"""The pages of the log: who did what, and whether the log is what it was."""

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
from audit.wording import detail_lines, recent_entries
from core.api.filters import MomentFilter
from core.pagination import BoundedPaginator
from core.web.forms import PageForm

PER_PAGE = 50


def for_auditors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    return login_required(permission_required(MayAudit.permission, raise_exception=True)(view))


class LogFilter(AuditEntryFilter):
    """The filters of the API, with fields to fill in."""

    action = CharFilter(widget=forms.TextInput({"list": "actions", "autocomplete": "off"}))
    search = CharFilter(
        method="filter_search",
        label="Search",
        widget=forms.SearchInput({"placeholder": "Part of who, action, subject"}),
    )
    since = MomentFilter(
        field_name="happened_at", lookup_expr="gte", label="From day (UTC)", widget=forms.DateInput({"type": "date"})
    )
    until = MomentFilter(
        field_name="happened_at", lookup_expr="lte", end_of_day=True, label="To day (UTC)",
        widget=forms.DateInput({"type": "date"}),
    )  # fmt: skip

    class Meta(AuditEntryFilter.Meta):
        form = PageForm


@require_safe
@for_auditors
def log(request: HttpRequest) -> HttpResponse:
    asked = LogFilter(request.GET, queryset=AuditEntry.objects.select_related("kept_detail"))
    page = BoundedPaginator(asked.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": asked.form,
        "page": page,
        "is_filtered": any(request.GET.get(name) for name in asked.form.fields),
        "entries": [(entry, detail_lines(entry), _is_id(entry.subject)) for entry in page],
        "actions": recent_entries(),
        "section": "audit",
    }
    return render(request, "audit/log.html", context)


class AnchorsForm(PageForm):
    """What somebody wrote down of the log, a line each."""

    anchors = forms.CharField(
        required=False,
        label="Anchors that you kept, one a line",
        help_text="May stay empty.",
        widget=forms.Textarea({"rows": 2, "aria-describedby": "id_anchors_hint"}),
    )

    def clean_anchors(self) -> list[Anchor]:
        try:
            return [Anchor.parse(line) for line in self.cleaned_data["anchors"].splitlines() if line.strip()]
        except ValueError as error:
            raise ValidationError(str(error)) from None


@for_auditors
def verify_log(request: HttpRequest) -> HttpResponse:
    """Says how many entries there are; a POST checks each."""
    form = AnchorsForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "head": head(), "section": "audit"}
    if form.is_valid():
        context["verdict"] = verify(form.cleaned_data["anchors"])
    return render(request, "audit/verify.html", context)


def _is_id(subject: str) -> bool:
    """Whether it is an import that the entry tells about."""
    try:
        UUID(subject)
    except ValueError:
        return False
    return True
