"""Forms of the pages: upload, and the filters of the history, of errors and of skipped rows."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django_filters import CharFilter, ChoiceFilter, DateFilter

from core.api.filters import contained_in
from core.web.forms import PageForm
from imports.history.error_groups import pattern_of
from imports.history.filters import (
    BY_OUTCOME,
    COUNTED,
    NOT_IMPORTED,
    WITH_UPDATES,
    HistoryFilter,
    order_by_one_of,
)
from imports.history.labels import CANCELLED, NOTHING_NEW, UNDONE, WAITING, WITH_ERRORS
from imports.history.users import by_user
from imports.labels import error_type_label, field_in_words
from imports.models import ImportHistory, ImportStatus, KeptRecord, MappingError, Outcome
from imports.pages.import_details import Group, GroupSummary
from imports.pages.wording import pattern_in_words
from imports.proposals.shapes import pattern_of as pattern_of_shape
from imports.saved_mappings.usage import used_mapping
from imports.sources import SourceType

OUTCOMES = [
    (ImportStatus.SUCCESS, "Imported"),
    (WITH_ERRORS, "Imported with errors"),
    (WITH_UPDATES, "With updated rows"),
    (NOTHING_NEW, "Nothing new"),
    (ImportStatus.PARTIAL, "Partially imported"),
    (ImportStatus.FAILED, "Failed"),
    (CANCELLED, "Cancelled"),
    (NOT_IMPORTED, "Failed or cancelled"),
    (ImportStatus.IN_PROGRESS, "In progress or queued"),
    (WAITING, "Queued"),
    (UNDONE, "Undone"),
    (COUNTED, "All except undone and existing data"),
]
#: Columns that sort the history; with a - before them in descending order.
SORTS = (
    "file_name", "status", "table_name", "rows_inserted", "rows_updated", "rows_skipped", "mapping_errors_count",
    "import_timestamp", "user_email", "duration_seconds",
)  # fmt: skip
HASH_PREFIX = re.compile("[0-9a-fA-F]{6,64}")


class UploadForm(forms.Form):
    file = forms.FileField(
        error_messages={
            "required": "Choose a file first.",
            "empty": "This file is empty.",
        }
    )

    @property
    def max_bytes(self) -> int:
        return int(settings.ATLAS_MAX_UPLOAD_BYTES)


class DayFilter(DateFilter):
    """Filter the imports from or up to a day in UTC."""

    def __init__(self, *, at: time, **options: Any) -> None:
        """Create the filter. at: the time of day that ends the range."""
        super().__init__("import_timestamp", widget=forms.DateInput({"type": "date"}), **options)
        self.at = at

    def filter(self, imports: QuerySet[ImportHistory], day: date | None) -> QuerySet[ImportHistory]:
        filtered: QuerySet[ImportHistory] = super().filter(imports, day and datetime.combine(day, self.at, UTC))
        return filtered


class HistoryPageFilter(HistoryFilter):
    """The filters of the history page, from its address. An invalid value does not filter."""

    search = CharFilter(
        max_length=200,
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "File, table, hash or ID"}),
        method="filter_search",
    )
    table = CharFilter(
        "table_name",
        max_length=255,
        label="Table",
        widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"}),
    )
    status = ChoiceFilter(choices=OUTCOMES, empty_label="Any", label="Status", method="filter_status")
    source = ChoiceFilter("source_type", choices=SourceType.choices, empty_label="Any", label="Source")
    user = CharFilter(max_length=255, label="User", method="filter_user")
    since = DayFilter(at=time.min, lookup_expr="gte", label="From date (UTC)")
    until = DayFilter(at=time.max, lookup_expr="lte", label="To date (UTC)")
    group = CharFilter("metadata__group__id", max_length=36, widget=forms.HiddenInput)
    saved_mapping = CharFilter(max_length=300, widget=forms.HiddenInput, method="filter_saved_mapping")
    sort = order_by_one_of(SORTS, empty_label=None, widget=forms.HiddenInput)

    class Meta(HistoryFilter.Meta):
        form = PageForm

    def filter_search(self, imports: QuerySet[ImportHistory], _: str, words: str) -> QuerySet[ImportHistory]:
        condition = contained_in(("file_name", "table_name"), words)
        if HASH_PREFIX.fullmatch(words):
            condition |= Q(file_hash__startswith=words.lower())
        return imports.filter(condition | Q(import_id=words) if _is_uuid(words) else condition)

    def filter_status(self, imports: QuerySet[ImportHistory], _: str, status: str) -> QuerySet[ImportHistory]:
        return imports.filter(BY_OUTCOME[status])

    def filter_saved_mapping(self, imports: QuerySet[ImportHistory], _: str, text: str) -> QuerySet[ImportHistory]:
        return imports.filter(used_mapping(text))

    def filter_user(self, imports: QuerySet[ImportHistory], _: str, words: str) -> QuerySet[ImportHistory]:
        return imports.filter(by_user(words))


def _is_uuid(words: str) -> bool:
    try:
        UUID(words)
    except ValueError:
        return False
    return True


class ErrorsForm(PageForm):
    """The filter of an import's errors. A value in the address filters even if it is not among the choices."""

    error_type = forms.CharField(required=False, max_length=100, label="Reason", widget=forms.Select)
    source_field = forms.CharField(required=False, max_length=255, label="Source column", widget=forms.Select)
    record = forms.IntegerField(required=False, min_value=1, label="Row number")
    target_field = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)
    shape = forms.CharField(required=False, max_length=50, strip=False, widget=forms.HiddenInput)
    error_details = forms.JSONField(required=False, widget=forms.HiddenInput)
    error_message = forms.CharField(required=False, max_length=2000, strip=False, widget=forms.HiddenInput)

    def __init__(self, summary: GroupSummary, *args: Any, **kwargs: Any) -> None:
        """Create the form with the choices that occur in the summary."""
        super().__init__(*args, **kwargs)
        self._set_choices("error_type", summary, lambda group: group.code, error_type_label)
        self._set_choices("source_field", summary, lambda group: group.column, field_in_words)

    def _set_choices(
        self, name: str, summary: GroupSummary, value_of: Callable[[Group], str], label_of: Callable[[str], str]
    ) -> None:
        """Offer the values that occur; each with its number of errors where all errors were counted."""
        numbers = Counter[str]()
        for group in summary.groups:
            numbers[value_of(group)] += group.count
        is_counted = summary.sampled is None and not summary.has_more
        numbers[self.data.get(name, "")] += 0
        choices = [
            (value, f"{label_of(value)} ({number:,})" if is_counted else label_of(value))
            for value, number in sorted(numbers.items())
            if value
        ]
        self.fields[name].widget.choices = [("", "Any"), *choices]

    def matching(self, errors: QuerySet[MappingError]) -> QuerySet[MappingError]:
        """Return the errors that match the filter; an invalid value does not filter."""
        self.is_valid()
        conditions = {name: value for name, value in self.cleaned_data.items() if value}
        if "record" in conditions:
            conditions["record_number"] = conditions.pop("record")
        if "shape" in conditions:
            conditions["source_value__regex"] = pattern_of_shape(conditions.pop("shape"))
        return errors.filter(**conditions)

    def message_pattern(self) -> str:
        """Return the message to which the list is filtered, empty without such a filter."""
        details = self.cleaned_data.get("error_details")
        try:
            return pattern_in_words(pattern_of(details)) if details else self.cleaned_data["error_message"]
        except (KeyError, TypeError, AttributeError):  # not a message of our catalogues
            return json.dumps(details)


class SkippedRowsForm(PageForm):
    """The filter of an import's skipped rows."""

    outcome = forms.ChoiceField(
        required=False,
        label="Outcome",
        choices=[
            ("", "Any"),
            (Outcome.DUPLICATE, "Duplicate"),
            (Outcome.REJECTED, "Rejected"),
            (Outcome.FILTERED, "Filtered"),
        ],
    )
    record = forms.IntegerField(required=False, min_value=1, label="Row number")

    @classmethod
    def from_address(cls, params: QueryDict) -> SkippedRowsForm:
        """Create the form from the page's address, whose `outcome` was called `fate` in earlier versions."""
        data = params.copy()
        if "fate" in data and "outcome" not in data:
            data.setlist("outcome", data.getlist("fate"))
        return cls(data)

    def matching(self, records: QuerySet[KeptRecord]) -> QuerySet[KeptRecord]:
        """Return the records that match the filter; an invalid value does not filter."""
        self.is_valid()
        conditions = {"fate": self.cleaned_data.get("outcome"), "record_number": self.cleaned_data.get("record")}
        return records.filter(**{name: value for name, value in conditions.items() if value})
