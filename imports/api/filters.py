"""What the lists of the history can be filtered and ordered by. A value that makes no sense is a 400."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils.dateparse import parse_date, parse_datetime
from django_filters import CharFilter, ChoiceFilter, Filter, FilterSet

from imports.models import ImportHistory, ImportStatus, MappingError
from imports.sources import SourceType

#: What `ordering` may name, with a - before it for the greatest first.
ORDERINGS = (
    "import_timestamp", "table_name", "file_name", "file_size_bytes", "status", "user_id", "rows_inserted",
    "duplicates_found", "duration_seconds",
)  # fmt: skip
SEARCHED = ("file_name", "table_name", "user_email", "error_message")


class MomentField(forms.Field):
    """ISO 8601; without a zone it is UTC."""

    def __init__(self, *, end_of_day: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.end_of_day = end_of_day  # what a date without a time means

    def to_python(self, value: str | None) -> datetime | None:
        if not value:
            return None
        try:
            moment = parse_datetime(value) if len(value) > len("2025-10-28") else self._of_day(value)
        except ValueError:
            moment = None
        if moment is None:
            raise ValidationError("Give a date or a time as ISO 8601 has it: 2025-10-28 or 2025-10-28T12:30:00Z.")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _of_day(self, value: str) -> datetime | None:
        day = parse_date(value)
        return datetime.combine(day, time.max if self.end_of_day else time.min) if day else None


class MomentFilter(Filter):
    field_class = MomentField


class ImportHistoryFilter(FilterSet):
    """The filters of /import-history."""

    table_name = CharFilter()
    user_id = CharFilter()
    status = ChoiceFilter(choices=ImportStatus.choices)
    source_type = ChoiceFilter(choices=SourceType.choices)
    file_hash = CharFilter(lookup_expr="iexact")
    file_name = CharFilter()
    undone = ChoiceFilter(choices=[("true", "taken back"), ("false", "not taken back")], method="filter_undone")
    since = MomentFilter(field_name="import_timestamp", lookup_expr="gte")
    until = MomentFilter(field_name="import_timestamp", lookup_expr="lte", end_of_day=True)
    search = CharFilter(method="filter_search", label=f"A part of {', '.join(SEARCHED)}")
    ordering = ChoiceFilter(
        choices=[(f"{sign}{name}", f"{sign}{name}") for name in ORDERINGS for sign in ("", "-")],
        method="filter_ordering",
    )

    class Meta:
        model = ImportHistory
        fields: list[str] = []

    def filter_undone(self, imports: QuerySet[ImportHistory], _: str, value: str) -> QuerySet[ImportHistory]:
        return imports.filter(undone_at__isnull=value == "false")

    def filter_search(self, imports: QuerySet[ImportHistory], _: str, part: str) -> QuerySet[ImportHistory]:
        anywhere = Q()
        for name in SEARCHED:
            anywhere |= Q(**{f"{name}__icontains": part})
        return imports.filter(anywhere)

    def filter_ordering(self, imports: QuerySet[ImportHistory], _: str, value: str) -> QuerySet[ImportHistory]:
        column = F(value.removeprefix("-"))
        order = column.desc(nulls_last=True) if value.startswith("-") else column.asc(nulls_last=True)
        # The newest of equals first, and the same order on every page.
        return imports.order_by(order, "-import_timestamp", "-import_id")


class MappingErrorFilter(FilterSet):
    """The filters of /import-history/{id}/mapping-errors."""

    error_type = CharFilter()
    source_field = CharFilter()

    class Meta:
        model = MappingError
        fields: list[str] = []
