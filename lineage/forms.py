"""What people may ask of the pages about rows afterwards."""

from __future__ import annotations

from django import forms

from imports.forms import PageForm

PERIODS = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year")]
DEFAULT_DAYS = 30


class UndoForm(PageForm):
    reason = forms.CharField(
        max_length=2000, label="Why?", widget=forms.Textarea(attrs={"rows": 3, "aria-describedby": "id_reason_hint"})
    )


class StatisticsForm(PageForm):
    days = forms.TypedChoiceField(choices=PERIODS, coerce=int, label="Period", required=False)
    table_name = forms.CharField(
        required=False,
        max_length=255,
        label="Table",
        widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"}),
    )
