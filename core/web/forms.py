"""The form that every page's form is based on."""

from __future__ import annotations

from typing import Any

from django import forms


class PageForm(forms.Form):
    """A form with its labels above the fields."""

    lists_errors = False  # whether its page lists the errors of all fields at the top, not each below its field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
