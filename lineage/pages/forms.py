"""What people may ask of the pages about rows afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict

from core.web.forms import PageForm
from imports.table_description import TableColumn
from lineage.pages.table_query import CONDITIONS, NULLNESS
from lineage.undo.edited_rows_choice import EditedRowsChoice

PERIODS = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year"), (3650, "ten years")]
DEFAULT_DAYS = 30


class RedoForm(PageForm):
    changed_rows = forms.ChoiceField(
        required=False,
        label="What becomes of the rows that were changed by hand?",
        choices=[
            (EditedRowsChoice.KEEP, "Keep them as they are"),
            (EditedRowsChoice.REMOVE, "Remove them like the others"),
        ],
        widget=forms.RadioSelect,
    )

    def clean_changed_rows(self) -> EditedRowsChoice | None:
        chosen = self.cleaned_data["changed_rows"]
        return EditedRowsChoice(chosen) if chosen else None

    def ask_for_choice(self) -> None:
        """Nothing was chosen, and rows were changed by hand."""
        self.add_error("changed_rows", "Choose what becomes of the rows that were changed by hand.")


class UndoForm(RedoForm):
    reason = forms.CharField(
        max_length=2000,
        label="Why?",
        help_text="It stays in the history and in the audit log.",
        widget=forms.Textarea(attrs={"rows": 3, "aria-describedby": "id_reason_hint"}),
    )


class RowsForm(PageForm):
    """What to find in a table, and one condition more on its rows."""

    search = forms.CharField(
        required=False,
        max_length=1000,
        strip=False,
        label="Find",
        widget=forms.SearchInput(attrs={"placeholder": "A part of any value", "autocomplete": "off"}),
    )
    column = forms.ChoiceField(required=False, label="By column")
    condition = forms.ChoiceField(
        required=False, label="Condition", choices=[*CONDITIONS.items(), *NULLNESS.items()], initial="eq"
    )
    value = forms.CharField(
        required=False, strip=False, label="Value", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, columns: Iterable[TableColumn], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Any column"), *((one.name, one.name) for one in columns)]
        self.fields["column"] = forms.ChoiceField(required=False, label="By column", choices=choices)


class StatisticsForm(PageForm):
    days = forms.TypedChoiceField(choices=PERIODS, coerce=int, label="Period", required=False, initial=DEFAULT_DAYS)
    table_name = forms.CharField(
        required=False,
        max_length=255,
        label="Table",
        widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"}),
    )
    user = forms.CharField(
        required=False,
        max_length=255,
        label="Person",
        widget=forms.TextInput(attrs={"placeholder": "Name or e-mail", "autocomplete": "off"}),
    )

    def __init__(self, address: QueryDict) -> None:
        """address: of the page; a period that it does not name is the usual one."""
        given = address.copy()
        given.setdefault("days", str(DEFAULT_DAYS))
        super().__init__(given)

    @property
    def period(self) -> int:
        """In days."""
        return int(self._cleaned().get("days") or DEFAULT_DAYS)

    def asked(self) -> dict[str, str]:
        """Which imports count, beside the period."""
        found = self._cleaned()
        return {"table_name": found.get("table_name", ""), "person": found.get("user", "")}

    def _cleaned(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data
