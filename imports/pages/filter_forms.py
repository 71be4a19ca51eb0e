"""What people may ask of the pages, checked."""

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
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, DateFilter

from core.api.filters import contained_in
from core.web.forms import PageForm
from imports.errors import ImportCancelled
from imports.history.error_groups import pattern_of
from imports.history.filters import HistoryFilter, order_by_one_of
from imports.history.users import by_user
from imports.labels import code_in_words, field_in_words
from imports.models import ImportHistory, ImportStatus, KeptRecord, MappingError, Outcome
from imports.pages.import_details import Group, Groups
from imports.pages.wording import pattern_in_words
from imports.sources import SourceType

OUTCOMES = [
    (ImportStatus.SUCCESS, "Imported"),
    (ImportStatus.PARTIAL, "Partly imported"),
    (ImportStatus.FAILED, "Failed or cancelled"),
    ("cancelled", "Cancelled"),
    (ImportStatus.IN_PROGRESS, "Running or waiting"),
    ("waiting", "Waiting for a worker"),
    ("undone", "Undone"),
]
SOURCES = [
    (SourceType.LOCAL_UPLOAD, "Uploaded file"),
    (SourceType.B2_STORAGE, "Backblaze B2"),
    (SourceType.API_DIRECT, "Records through the API"),
    (SourceType.LEGACY, "Was there before"),
]
#: What the list goes by: columns of the history, with a - before them for the greatest first.
SORTS = (
    "file_name", "status", "table_name", "rows_inserted", "rows_skipped", "mapping_errors_count", "import_timestamp",
    "user_email", "duration_seconds",
)  # fmt: skip
HASH_BEGINS = re.compile("[0-9a-fA-F]{6,64}")


class SignInForm(AuthenticationForm):
    """User name and password; the browser may fill them in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class UploadForm(forms.Form):
    file = forms.FileField(
        error_messages={
            "required": "Choose a file first.",
            "empty": "The file is empty: it has no bytes. Choose another one.",
        }
    )

    @property
    def most_bytes(self) -> int:
        return int(settings.ATLAS_MAX_UPLOAD_BYTES)


class DayFilter(DateFilter):
    """The imports from or up to a day in UTC."""

    def __init__(self, *, at: time, **options: Any) -> None:
        """at: the time of the day that counts."""
        super().__init__("import_timestamp", widget=forms.DateInput({"type": "date"}), **options)
        self.at = at

    def filter(self, imports: QuerySet[ImportHistory], day: date | None) -> QuerySet[ImportHistory]:
        filtered: QuerySet[ImportHistory] = super().filter(imports, day and datetime.combine(day, self.at, UTC))
        return filtered


class HistoryPageFilter(HistoryFilter):
    """The filters of the history's page; they stand in the address. A field that makes no sense does nothing."""

    search = CharFilter(
        max_length=200,
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "File, table, hash or id"}),
        method="filter_search",
    )
    table = CharFilter(
        "table_name",
        max_length=255,
        label="Table",
        widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"}),
    )
    status = ChoiceFilter(choices=OUTCOMES, empty_label="Any", label="Status", method="filter_status")
    source = ChoiceFilter("source_type", choices=SOURCES, empty_label="Any", label="Source")
    user = CharFilter(max_length=255, label="Person", method="filter_user")
    since = DayFilter(at=time.min, lookup_expr="gte", label="From day (UTC)")
    until = DayFilter(at=time.max, lookup_expr="lte", label="To day (UTC)")
    sort = order_by_one_of(SORTS, empty_label=None, widget=forms.HiddenInput)

    class Meta(HistoryFilter.Meta):
        form = PageForm

    def filter_search(self, imports: QuerySet[ImportHistory], _: str, words: str) -> QuerySet[ImportHistory]:
        found = contained_in(("file_name", "table_name"), words)
        if HASH_BEGINS.fullmatch(words):
            found |= Q(file_hash__startswith=words.lower())
        return imports.filter(found | Q(import_id=words) if _is_uuid(words) else found)

    def filter_status(self, imports: QuerySet[ImportHistory], _: str, status: str) -> QuerySet[ImportHistory]:
        if status == "undone":
            return imports.filter(undone_at__isnull=False)
        if status == "waiting":
            return imports.filter(status=ImportStatus.IN_PROGRESS, task__isnull=False, task__started_at=None)
        if status == "cancelled":
            return imports.filter(status=ImportStatus.FAILED, metadata__error__code=ImportCancelled.code)
        return imports.filter(status=status, undone_at__isnull=True)

    def filter_user(self, imports: QuerySet[ImportHistory], _: str, words: str) -> QuerySet[ImportHistory]:
        return imports.filter(by_user(words))


def _is_uuid(words: str) -> bool:
    try:
        UUID(words)
    except ValueError:
        return False
    return True


class ErrorsForm(PageForm):
    """Which errors of an import to list. What is chosen filters, whether or not it is among the choices."""

    error_type = forms.CharField(required=False, max_length=100, label="Reason", widget=forms.Select)
    source_field = forms.CharField(required=False, max_length=255, label="Column of the file", widget=forms.Select)
    record = forms.IntegerField(required=False, min_value=1, label="Record number")
    error_details = forms.JSONField(required=False, widget=forms.HiddenInput)
    error_message = forms.CharField(required=False, max_length=2000, strip=False, widget=forms.HiddenInput)

    def __init__(self, kinds: Groups, *args: Any, **kwargs: Any) -> None:
        """kinds: what there is to choose."""
        super().__init__(*args, **kwargs)
        self._offer("error_type", kinds, lambda kind: kind.code, code_in_words)
        self._offer("source_field", kinds, lambda kind: kind.column, field_in_words)

    def _offer(self, name: str, kinds: Groups, value_of: Callable[[Group], str], say: Callable[[str], str]) -> None:
        """The values that occur; each with its number of errors where all errors were counted."""
        numbers = Counter[str]()
        for kind in kinds.groups:
            numbers[value_of(kind)] += kind.count
        is_counted = kinds.among is None and not kinds.has_more
        numbers[self.data.get(name, "")] += 0
        choices = [
            (value, f"{say(value)} ({number:,})" if is_counted else say(value))
            for value, number in sorted(numbers.items())
            if value
        ]
        self.fields[name].widget.choices = [("", "Any"), *choices]

    def matching(self, errors: QuerySet[MappingError]) -> QuerySet[MappingError]:
        """Those that are asked for; a field that makes no sense does not filter."""
        self.is_valid()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        if "record" in asked:
            asked["record_number"] = asked.pop("record")
        return errors.filter(**asked)

    def pattern(self) -> str:
        """What the messages say that are asked for; nothing where all are."""
        kind = self.cleaned_data.get("error_details")
        try:
            return pattern_in_words(pattern_of(kind)) if kind else self.cleaned_data["error_message"]
        except (KeyError, TypeError, AttributeError):  # of no sentence of ours
            return json.dumps(kind)


class KeptForm(PageForm):
    """Which kept records of an import to list."""

    fate = forms.ChoiceField(
        required=False,
        label="What became of it",
        choices=[
            ("", "Any"),
            (Outcome.DUPLICATE, "Duplicate"),
            (Outcome.REJECTED, "Rejected"),
            (Outcome.FILTERED, "Filtered"),
        ],
    )

    record = forms.IntegerField(required=False, min_value=1, label="Record number")

    def matching(self, records: QuerySet[KeptRecord]) -> QuerySet[KeptRecord]:
        """Those that are asked for; a field that makes no sense does not filter."""
        self.is_valid()
        asked = {"fate": self.cleaned_data.get("fate"), "record_number": self.cleaned_data.get("record")}
        return records.filter(**{name: value for name, value in asked.items() if value})
