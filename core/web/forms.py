"""The form that every page's form is based on."""

from __future__ import annotations

from typing import Any

from django import forms


class PageForm(forms.Form):
    """A form whose labels stand above their fields."""

    lists_errors = False  # whether its page lists the errors of all fields, in place of each below its field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
