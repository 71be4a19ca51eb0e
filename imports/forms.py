"""What people may ask of the pages, checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Count, F, Q, QuerySet

from imports.in_words import code_in_words, field_in_words
from imports.models import Fate, ImportHistory, ImportStatus, MappingError
from imports.people import by_person
from imports.sources import SourceType

OUTCOMES = [
    ("", "Any"),
    (ImportStatus.SUCCESS, "Imported"),
    (ImportStatus.PARTIAL, "Partly imported"),
    (ImportStatus.FAILED, "Failed"),
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


class PageForm(forms.Form):
    """A form whose labels stand above their fields."""

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
    """Which errors of an import to list."""

    def __init__(self, record: ImportHistory, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.errors_of_import = MappingError.objects.filter(import_record=record)
        self.fields["error_type"] = self._groups("error_type", "Reason", code_in_words)
        self.fields["source_field"] = self._groups("source_field", "Column of the file", field_in_words)

    def _groups(self, name: str, label: str, say: Callable[[str], str]) -> forms.ChoiceField:
        """A choice among the values that occur, each with its number of errors."""
        groups = self.errors_of_import.order_by(name).values_list(name).annotate(number=Count("id"))
        choices = [(value, f"{say(value)} ({number:,})") for value, number in groups if value]
        return forms.ChoiceField(required=False, label=label, choices=[("", "Any"), *choices])

    def matching(self) -> QuerySet[MappingError]:
        self.is_valid()
        return self.errors_of_import.filter(**{name: value for name, value in self.cleaned_data.items() if value})


class KeptForm(PageForm):
    """Which kept records of an import to list."""

    fate = forms.ChoiceField(
        required=False,
        label="What became of it",
        choices=[("", "Any"), (Fate.DUPLICATE, "Duplicate"), (Fate.REJECTED, "Rejected"), (Fate.FILTERED, "Filtered")],
    )

    def chosen(self) -> str:
        return self.cleaned_data.get("fate", "") if self.is_valid() else ""
