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
from django.db.models import F, Q, QuerySet

from core.web.forms import PageForm
from imports.errors import ImportCancelled
from imports.history.error_groups import pattern_of
from imports.history.users import by_person
from imports.labels import code_in_words, field_in_words
from imports.models import ImportHistory, ImportStatus, KeptRecord, MappingError, Outcome
from imports.pages.import_details import Group, Groups
from imports.pages.wording import pattern_in_words
from imports.sources import SourceType

OUTCOMES = [
    ("", "Any"),
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


class HistoryForm(PageForm):
    """The filters of the history; they stand in the address."""

    search = forms.CharField(
        required=False,
        max_length=200,
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "File, table, hash or id"}),
    )
    table = forms.CharField(
        required=False, max_length=255, widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"})
    )
    status = forms.ChoiceField(required=False, choices=OUTCOMES)
    source = forms.ChoiceField(required=False, choices=[("", "Any"), *SOURCES])
    user = forms.CharField(required=False, max_length=255, label="Person")
    since = forms.DateField(required=False, label="From day (UTC)", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To day (UTC)", widget=forms.DateInput(attrs={"type": "date"}))
    sort = forms.ChoiceField(
        required=False,
        choices=[(f"{sign}{name}", name) for name in SORTS for sign in ("", "-")],
        widget=forms.HiddenInput,
    )

    def matching(self) -> QuerySet[ImportHistory]:
        """The imports that are asked for, in the order that is asked for; a field that makes no sense does nothing."""
        self.is_valid()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        order = asked.pop("sort", "")
        conditions = [getattr(self, f"_{name}")(value) for name, value in asked.items()]
        imports = ImportHistory.objects.filter(*conditions)
        return imports.order_by(*_order(order)) if order else imports

    def _search(self, words: str) -> Q:
        found = Q(file_name__icontains=words) | Q(table_name__icontains=words)
        if HASH_BEGINS.fullmatch(words):
            found |= Q(file_hash__startswith=words.lower())
        return found | Q(import_id=words) if _is_uuid(words) else found

    def _table(self, name: str) -> Q:
        return Q(table_name=name)

    def _status(self, status: str) -> Q:
        if status == "undone":
            return Q(undone_at__isnull=False)
        if status == "waiting":
            return Q(status=ImportStatus.IN_PROGRESS, task__isnull=False, task__started_at=None)
        if status == "cancelled":
            return Q(status=ImportStatus.FAILED, metadata__error__code=ImportCancelled.code)
        return Q(status=status, undone_at__isnull=True)

    def _source(self, source_type: str) -> Q:
        return Q(source_type=source_type)

    def _user(self, words: str) -> Q:
        return by_person(words)

    def _since(self, day: date) -> Q:
        return Q(import_timestamp__gte=datetime.combine(day, time.min, UTC))

    def _until(self, day: date) -> Q:
        return Q(import_timestamp__lte=datetime.combine(day, time.max, UTC))


def _order(sort: str) -> list[Any]:
    """What is not known comes last, and of equals the newest first."""
    column = F(sort.removeprefix("-"))
    by = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return [by, "-import_timestamp", "-import_id"]


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
