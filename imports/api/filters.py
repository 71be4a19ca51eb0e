"""Filters and sort orders of the import history and its errors. An invalid value is a 400."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet

from core.api.filters import MomentFilter, contained_in
from imports.history.filters import HistoryFilter, order_by_one_of
from imports.models import ImportHistory, ImportStatus, MappingError
from imports.saved_mappings.usage import used_mapping
from imports.sources import SourceType

#: The names that `ordering` takes; a leading - sorts in descending order.
ORDERINGS = (
    "import_timestamp", "table_name", "file_name", "file_size_bytes", "status", "user_id", "rows_inserted",
    "rows_updated", "duplicates_found", "duration_seconds",
)  # fmt: skip
SEARCHED = ("file_name", "table_name", "user_email", "error_message")


class ImportHistoryFilter(HistoryFilter):
    """Filters of /import-history."""

    table_name = CharFilter()
    user_id = CharFilter()
    status = ChoiceFilter(choices=ImportStatus.choices)
    source_type = ChoiceFilter(choices=SourceType.choices)
    file_hash = CharFilter(lookup_expr="iexact")
    file_name = CharFilter()
    group = CharFilter(field_name="metadata__group__id", label="Imports of one step: import_group of /map-data.")
    saved_mapping = CharFilter(method="filter_saved_mapping", label="Name of a saved mapping, or NAME@VERSION.")
    undone = ChoiceFilter(choices=[("true", "undone"), ("false", "active")], method="filter_undone")
    since = MomentFilter(field_name="import_timestamp", lookup_expr="gte")
    until = MomentFilter(field_name="import_timestamp", lookup_expr="lte", end_of_day=True)
    search = CharFilter(method="filter_search", label=f"Search in {', '.join(SEARCHED)}.")
    ordering = order_by_one_of(ORDERINGS)

    def filter_saved_mapping(self, imports: QuerySet[ImportHistory], _: str, value: str) -> QuerySet[ImportHistory]:
        return imports.filter(used_mapping(value))

    def filter_undone(self, imports: QuerySet[ImportHistory], _: str, value: str) -> QuerySet[ImportHistory]:
        return imports.filter(undone_at__isnull=value == "false")

    def filter_search(self, imports: QuerySet[ImportHistory], _: str, part: str) -> QuerySet[ImportHistory]:
        return imports.filter(contained_in(SEARCHED, part))


class MappingErrorFilter(FilterSet):
    """Filters of /import-history/{id}/mapping-errors."""

    error_type = CharFilter()
    source_field = CharFilter()

    class Meta:
        model = MappingError
        fields: list[str] = []
