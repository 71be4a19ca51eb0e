"""The form of a preview's file settings: how the file is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from core.web.forms import PageForm
from imports.mapping.wording import sign
from imports.readers.encoding.decide import LIKELY
from imports.readers.encoding.labels import encoding_label
from imports.readers.formats import BY_NAME, OPTIONS

NONE = "none"  # in place of an empty option: an empty field means "Auto"
DATE_ORDERS = [
    ("", "Auto"), ("DMY", "Day first: 31/12/2025"), ("MDY", "Month first: 12/31/2025"),
    ("YMD", "Year first: 2025/12/31"),
]  # fmt: skip
DELIMITERS = [
    ("", "Auto"), (",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Pipe (|)"), (" ", "Space"), (":", "Colon"),
    (", ", "Comma and space"), ("::", "Two colons (::)"), ("||", "Two pipes (||)"),
]  # fmt: skip
QUOTES = [("", "Auto"), ('"', 'Double quote "'), ("'", "Single quote '"), (NONE, "None")]
ESCAPES = [("", "Auto"), ("\\", "Backslash \\"), (NONE, "None")]
NESTED = [("", "Auto"), ("flatten", "Separate columns (a.b)"), ("jsonb", "Keep as JSON")]
DECIMALS = [("", "Auto"), (".", "Dot: 1.5"), (",", "Comma: 1,5")]
THOUSANDS = [
    ("", "Auto"), (",", "Comma: 1,234"), (".", "Dot: 1.234"), (" ", "Space: 1 234"), ("'", "Apostrophe: 1'234"),
    (NONE, "None: 1234"),
]  # fmt: skip
NAMED_PATHS = {"": "Whole file", "lines": "One object per line"}  # places of rows without a path


class FileSettingsForm(PageForm):
    """The requested source options, which the user can change. An empty field is detected automatically."""

    prefix = "read"
    lists_errors = True
    encodings = tuple(map(encoding_label, LIKELY))

    member = forms.CharField(required=False, max_length=500, label="File in the archive")
    sheet = forms.CharField(required=False, max_length=255)
    columns = forms.CharField(required=False, max_length=20, label="Columns, such as C:E")
    record_path = forms.CharField(required=False, max_length=500, label="Path to rows")
    encoding = forms.CharField(
        required=False, max_length=40, widget=forms.TextInput(attrs={"list": "encodings", "autocomplete": "off"})
    )
    delimiter = forms.ChoiceField(required=False, choices=DELIMITERS)
    quote = forms.ChoiceField(required=False, choices=QUOTES, label="Quote character")
    escape = forms.ChoiceField(required=False, choices=ESCAPES, label="Escape character")
    header_row = forms.IntegerField(
        required=False, min_value=0, max_value=2_000_000_000, label="Header row (0 = no header)"
    )
    header_rows = forms.IntegerField(required=False, min_value=1, max_value=10, label="Number of header rows")
    first_row = forms.IntegerField(required=False, min_value=1, max_value=2_000_000_000, label="First data row")
    last_row = forms.IntegerField(
        required=False, min_value=0, max_value=2_000_000_000, label="Last row (0 = read to end)"
    )
    nested = forms.ChoiceField(required=False, choices=NESTED, label="Nested objects")
    date_order = forms.ChoiceField(required=False, choices=DATE_ORDERS)
    pivot_year = forms.IntegerField(
        required=False, min_value=0, max_value=100, label="First two-digit year of the 1900s"
    )
    decimal = forms.ChoiceField(required=False, choices=DECIMALS, label="Decimal separator")
    thousands = forms.ChoiceField(required=False, choices=THOUSANDS, label="Thousands separator")
    null_tokens = forms.CharField(
        required=False, max_length=1000, strip=False, label="Treat as empty",
        widget=forms.TextInput(attrs={"placeholder": "NA, null, -, …", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, findings: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        requested, detected = findings["requested_options"], findings["source_options"]
        super().__init__(*args, initial=_as_fields(requested), **kwargs)
        self.requested: Mapping[str, Any] = requested
        for name in OPTIONS - BY_NAME[findings["file_type"]].options:
            self.fields.pop(name, None)  # some are only set through the API
        if findings["file_type"] == "json" and "header_row" not in detected:
            del self.fields["header_row"]  # only arrays without names can have one
        for name in ("member", "sheet", "record_path"):
            if name in self.fields:
                self._set_choices(name, findings["choices"].get(name, []))
        for name in self.fields.keys() & detected.keys() - requested.keys():
            self._show_detected(name, detected[name])
        for name in self.fields.keys() & requested.keys():
            self._add_requested_choice(name)
        for field in self.fields.values():
            # The import form submits them too, so that changes are never ignored.
            field.widget.attrs["form"] = "import"

    def _set_choices(self, name: str, values: list[Any]) -> None:
        """Make the field a choice of these values; remove it where there are none."""
        if not values:
            del self.fields[name]
            return
        choices = [("", "Auto"), *((value or NONE, NAMED_PATHS.get(value, value)) for value in map(str, values))]
        self.fields[name] = forms.ChoiceField(required=False, label=self.fields[name].label, choices=choices)

    def _show_detected(self, name: str, detected: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            label = dict(choices).get(detected or NONE, sign(detected or NONE))
            field.choices = [("", f"Auto ({label})"), *list(choices)[1:]]
        else:
            shown = encoding_label(detected) if name == "encoding" else detected
            field.widget.attrs["placeholder"] = str(shown)

    def clean_null_tokens(self) -> str:
        tokens: str = self.cleaned_data["null_tokens"]
        return tokens if tokens.strip() else ""

    def _add_requested_choice(self, name: str) -> None:
        """Offer the requested value too: a mapping from the API may have values beyond the usual choices."""
        field, value = self.fields[name], self.initial[name]
        if isinstance(field, forms.ChoiceField) and not field.valid_value(value):
            choices: Any = field.choices
            field.choices = [*choices, (value, sign(value))]

    def has_changes(self) -> bool:
        """Return whether the settings differ from those of the page. Call it after is_valid()."""
        return self.source_options() != self.requested

    def source_options(self) -> dict[str, Any]:
        """Return the source options of a mapping; unchanged ones are kept. Call it after is_valid()."""
        options = dict(self.requested)
        for name in self.changed_data:
            if self.add_prefix(name) not in self.data:
                continue
            value = self.cleaned_data[name]
            if value in ("", None):
                options.pop(name, None)
            else:
                options[name] = self._as_option(name, value)
        return options

    def errors_as_text(self) -> str:
        """Return the errors of all fields, each with its label."""
        return " ".join(f"{self[name].label}: {' '.join(map(str, errors))}" for name, errors in self.errors.items())

    def _as_option(self, name: str, value: Any) -> Any:
        if name == "null_tokens":
            return [token.strip() for token in value.split(",")]
        return "" if value == NONE and isinstance(self.fields[name], forms.ChoiceField) else value


def _as_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return source_options as values of the fields."""
    fields = {name: NONE if value == "" else value for name, value in options.items()}
    if "null_tokens" in options:
        fields["null_tokens"] = ", ".join(options["null_tokens"])
    return fields
