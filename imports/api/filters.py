"""What the lists of the history can be filtered and ordered by. A value that makes no sense is a 400."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet

from core.api.filters import MomentFilter
from imports.models import ImportHistory, ImportStatus, MappingError
from imports.sources import SourceType

#: What `ordering` may name, with a - before it for the greatest first.
ORDERINGS = (
    "import_timestamp", "table_name", "file_name", "file_size_bytes", "status", "user_id", "rows_inserted",
    "duplicates_found", "duration_seconds",
)  # fmt: skip
SEARCHED = ("file_name", "table_name", "user_email", "error_message")


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
