"""The forms of the table, statistics, undo and redo pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from core.web.forms import PageForm
from imports.planning.plan import PlannedColumn
from imports.proposals.proposal import MAX_TEXT
from imports.table_description import TableColumn
from lineage.pages.table_query import CONDITIONS, NULLNESS
from lineage.repairs.open_errors import Position
from lineage.undo.edited_rows_choice import EditedRowsChoice

Choice = tuple[str, str]  # value and label

PERIODS = [
    (7, "Last 7 days"),
    (30, "Last 30 days"),
    (90, "Last 90 days"),
    (365, "Last 12 months"),
    (3650, "Last 10 years"),
]
DEFAULT_DAYS = 30


MAX_REASON = 2000  # characters
REASON_WIDGET = forms.Textarea(attrs={"rows": 3})


class RedoForm(PageForm):
    reason = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        label="Reason (optional)",
        help_text="Recorded in the audit log.",
        widget=REASON_WIDGET,
    )
    changed_rows = forms.ChoiceField(
        required=False,
        label="Manually changed rows",
        choices=[
            (EditedRowsChoice.KEEP, "Keep"),
            (EditedRowsChoice.REMOVE, "Remove"),
        ],
        widget=forms.RadioSelect,
    )

    def clean_changed_rows(self) -> EditedRowsChoice | None:
        choice = self.cleaned_data["changed_rows"]
        return EditedRowsChoice(choice) if choice else None

    def ask_for_choice(self) -> None:
        """Report that there are manually changed rows and no choice was made."""
        self.add_error("changed_rows", "Choose whether to keep or remove the manually changed rows.")


class UndoForm(RedoForm):
    reason = forms.CharField(
        max_length=MAX_REASON,
        label="Reason",
        help_text="Recorded in the history and the audit log.",
        widget=REASON_WIDGET,
    )


class RowsForm(PageForm):
    """The search of a table, and one more filter."""

    search = forms.CharField(
        required=False,
        max_length=1000,
        strip=False,
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "Search all columns", "autocomplete": "off"}),
    )
    column = forms.ChoiceField(required=False, label="Column")
    condition = forms.ChoiceField(
        required=False, label="Condition", choices=[*CONDITIONS.items(), *NULLNESS.items()], initial="eq"
    )
    value = forms.CharField(
        required=False, strip=False, label="Value", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    as_of = forms.ChoiceField(required=False, label="As of")

    def __init__(self, columns: Iterable[TableColumn], places: Sequence[Choice], *args: Any, **kwargs: Any) -> None:
        """places: that the table can be shown as of, besides as it is now."""
        super().__init__(*args, **kwargs)
        self.fields["as_of"] = forms.ChoiceField(required=False, label="As of", choices=[("", "Now"), *places])
        choices = [("", "Any column"), *((column.name, column.name) for column in columns)]
        self.fields["column"] = forms.ChoiceField(required=False, label="Column", choices=choices)


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
        label="User",
        widget=forms.TextInput(attrs={"placeholder": "Name or e-mail", "autocomplete": "off"}),
    )

    def __init__(self, params: QueryDict) -> None:
        """params: of the address; without `days` the default period applies."""
        data = params.copy()
        data.setdefault("days", str(DEFAULT_DAYS))
        super().__init__(data)

    @property
    def period(self) -> int:
        """Return the period in days."""
        return int(self._cleaned().get("days") or DEFAULT_DAYS)

    def filters(self) -> dict[str, str]:
        """Return the filters besides the period."""
        data = self._cleaned()
        return {"table_name": data.get("table_name", ""), "person": data.get("user", "")}

    def _cleaned(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class RepairForm(RedoForm):
    """The form of a repair: as that of a redo."""

    reason = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        label="Reason (optional)",
        help_text="Recorded with the repair and in the audit log.",
        widget=REASON_WIDGET,
    )


class CorrectionForm(RedoForm):
    """What goes with values that were read without an error."""

    reason = forms.CharField(
        required=False,
        max_length=MAX_REASON,
        label="Reason",
        help_text="Recorded with the value. Required where a value had no error.",
        widget=REASON_WIDGET,
    )


class GridPlace:
    """Which rows with errors are shown: the address of the grid. What is invalid in it counts as absent."""

    ROWS = (50, 200)

    def __init__(self, columns: Sequence[PlannedColumn], address: QueryDict) -> None:
        self.columns = [column.name for column in columns]
        column = address.get("column", "")
        self.column = column if column in self.columns else ""
        rows = number_of(address.get("rows", ""))
        self.rows = rows if rows in self.ROWS else self.ROWS[0]
        before = number_of(address.get("before", ""))
        self.position = Position(number_of(address.get("after", "")) or 0, before)

    def posted_rows(self, data: QueryDict) -> list[int]:
        """Return the rows that the page showed when its form was sent."""
        numbers = {number_of(text) for text in data.getlist("row")}
        return sorted(number for number in numbers if number)[: self.ROWS[-1]]


def number_of(text: str) -> int | None:
    """Return a row number; None where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class OneValueForm(PageForm):
    """One value for all errors of a group."""

    value = forms.CharField(max_length=MAX_TEXT, strip=False, label="One value for all")
