"""What people may ask of the pages, checked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Count, Q, QuerySet

from imports.in_words import code_in_words, field_in_words
from imports.models import Fate, ImportHistory, ImportStatus, MappingError
from imports.people import by_person

OUTCOMES = [
    ("", "Any"),
    (ImportStatus.SUCCESS, "Imported"),
    (ImportStatus.PARTIAL, "Partly imported"),
    (ImportStatus.FAILED, "Failed"),
    (ImportStatus.IN_PROGRESS, "Running"),
    ("undone", "Undone"),
]


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
    user = forms.CharField(required=False, max_length=255, label="Person")
    since = forms.DateField(required=False, label="From day (UTC)", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To day (UTC)", widget=forms.DateInput(attrs={"type": "date"}))

    def matching(self) -> QuerySet[ImportHistory]:
        """The imports that are asked for; a field that makes no sense does not filter."""
        self.is_valid()
        asked = {name: value for name, value in self.cleaned_data.items() if value}
        conditions = [getattr(self, f"_{name}")(value) for name, value in asked.items()]
        return ImportHistory.objects.filter(*conditions)

    def _search(self, words: str) -> Q:
        found = Q(file_name__icontains=words) | Q(table_name__icontains=words) | Q(file_hash=words.lower())
        return found | Q(import_id=words) if _is_uuid(words) else found

    def _table(self, name: str) -> Q:
        return Q(table_name=name)

    def _status(self, status: str) -> Q:
        return Q(undone_at__isnull=False) if status == "undone" else Q(status=status, undone_at__isnull=True)

    def _user(self, words: str) -> Q:
        return by_person(words)

    def _since(self, day: date) -> Q:
        return Q(import_timestamp__gte=datetime.combine(day, time.min, UTC))

    def _until(self, day: date) -> Q:
        return Q(import_timestamp__lte=datetime.combine(day, time.max, UTC))


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
