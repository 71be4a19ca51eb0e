"""How to read a file that was looked at: the source options that a person may set on its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from core.web.forms import PageForm
from imports.mapping.wording import sign
from imports.readers.encoding.decide import LIKELY
from imports.readers.formats import BY_NAME, OPTIONS

NOTHING = "none"  # of a choice whose answer is an empty text: as a field of the form that means «as found»
DATE_ORDERS = [
    ("", "As found"), ("DMY", "Day first: 31/12/2025"), ("MDY", "Month first: 12/31/2025"),
    ("YMD", "Year first: 2025/12/31"),
]  # fmt: skip
DELIMITERS = [
    ("", "As found"), (",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar |"), (" ", "Space"), (":", "Colon"),
    (", ", "Comma and space"), ("::", "Two colons"), ("||", "Two bars"),
]  # fmt: skip
QUOTES = [("", "As found"), ('"', 'Double quote "'), ("'", "Single quote '"), (NOTHING, "None: quotes are text")]
ESCAPES = [("", "As found"), ("\\", "Backslash \\"), (NOTHING, "None")]
NESTED = [("", "As found"), ("flatten", "Columns of their own: a.b"), ("jsonb", "One JSONB column")]
DECIMALS = [("", "As found"), (".", "Point: 1.5"), (",", "Comma: 1,5")]
THOUSANDS = [
    ("", "As found"), (",", "Comma: 1,234"), (".", "Point: 1.234"), (" ", "Space: 1 234"), ("'", "Apostrophe: 1'234"),
    (NOTHING, "None: 1234"),
]  # fmt: skip
PLACES = {"": "The whole document", "lines": "Records one after another"}  # of records, that have no path


class ReadAgainForm(PageForm):
    """What was asked for, to be changed. Empty: as found."""

    prefix = "read"
    lists_errors = True
    encodings = LIKELY

    member = forms.CharField(required=False, max_length=500, label="File in the archive")
    sheet = forms.CharField(required=False, max_length=255)
    record_path = forms.CharField(required=False, max_length=500, label="Records at")
    encoding = forms.CharField(
        required=False, max_length=40, widget=forms.TextInput(attrs={"list": "encodings", "autocomplete": "off"})
    )
    delimiter = forms.ChoiceField(required=False, choices=DELIMITERS)
    quote = forms.ChoiceField(required=False, choices=QUOTES)
    escape = forms.ChoiceField(required=False, choices=ESCAPES)
    header_row = forms.IntegerField(
        required=False, min_value=0, max_value=2_000_000_000, label="Header in row (0: none)"
    )
    header_rows = forms.IntegerField(required=False, min_value=1, max_value=10, label="Rows of the header")
    first_row = forms.IntegerField(
        required=False, min_value=1, max_value=2_000_000_000, label="First row, without a header"
    )
    last_row = forms.IntegerField(required=False, min_value=0, max_value=2_000_000_000, label="Last row (0: read all)")
    nested = forms.ChoiceField(required=False, choices=NESTED, label="Objects in objects")
    date_order = forms.ChoiceField(required=False, choices=DATE_ORDERS)
    decimal = forms.ChoiceField(required=False, choices=DECIMALS, label="Decimal mark")
    thousands = forms.ChoiceField(required=False, choices=THOUSANDS, label="Thousands separator")
    null_tokens = forms.CharField(
        required=False, max_length=1000, strip=False, label="Texts for “no value”",
        widget=forms.TextInput(attrs={"placeholder": "NA, null, -, …", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, findings: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        asked, found = findings["mapping"]["source_options"], findings["source_options"]
        super().__init__(*args, initial=_as_fields(asked), **kwargs)
        self.asked: Mapping[str, Any] = asked
        for name in OPTIONS - BY_NAME[findings["file_type"]].options:
            del self.fields[name]
        if findings["file_type"] == "json" and "header_row" not in found:
            del self.fields["header_row"]  # only lists without names may have one
        for name in ("member", "sheet", "record_path"):
            if name in self.fields:
                self._offer(name, findings["choices"].get(name, []))
        for name in self.fields.keys() & found.keys() - asked.keys():
            self._say_what_was_found(name, found[name])
        for name in self.fields.keys() & asked.keys():
            self._offer_what_was_asked(name)
        for field in self.fields.values():
            # An import sends them too, so that no other reading is imported than the one that is chosen.
            field.widget.attrs["form"] = "import"

    def _offer(self, name: str, found: list[Any]) -> None:
        """A choice among what there is; no field where there is nothing to choose."""
        if not found:
            del self.fields[name]
            return
        choices = [("", "As found"), *((one or NOTHING, PLACES.get(one, one)) for one in map(str, found))]
        self.fields[name] = forms.ChoiceField(required=False, label=self.fields[name].label, choices=choices)

    def _say_what_was_found(self, name: str, found: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            choices: Any = field.choices
            value = found or NOTHING
            field.choices = [("", f"Found: {dict(choices).get(value, sign(value))}"), *list(choices)[1:]]
        else:
            field.widget.attrs["placeholder"] = str(found)

    def clean_null_tokens(self) -> str:
        tokens: str = self.cleaned_data["null_tokens"]
        return tokens if tokens.strip() else ""

    def _offer_what_was_asked(self, name: str) -> None:
        """A mapping may ask for more than there is to choose."""
        field, value = self.fields[name], self.initial[name]
        if isinstance(field, forms.ChoiceField) and not field.valid_value(value):
            choices: Any = field.choices
            field.choices = [*choices, (value, sign(value))]

    def asks_for_another(self) -> bool:
        """Whether another reading is chosen than the one that the page shows. Call it after is_valid()."""
        return self.source_options() != self.asked

    def source_options(self) -> dict[str, Any]:
        """As a mapping takes them; those whose field was not changed, or not sent, as they are. Call it after
        is_valid()."""
        options = dict(self.asked)
        for name in self.changed_data:
            if self.add_prefix(name) not in self.data:
                continue
            value = self.cleaned_data[name]
            if value in ("", None):
                options.pop(name, None)
            else:
                options[name] = self._as_option(name, value)
        return options

    def in_one_sentence(self) -> str:
        """What is wrong with the fields."""
        return " ".join(f"{self[name].label}: {' '.join(map(str, said))}" for name, said in self.errors.items())

    def _as_option(self, name: str, value: Any) -> Any:
        if name == "null_tokens":
            return [token.strip() for token in value.split(",")]
        return "" if value == NOTHING and isinstance(self.fields[name], forms.ChoiceField) else value


def _as_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """source_options as the fields hold them."""
    fields = {name: NOTHING if value == "" else value for name, value in options.items()}
    if "null_tokens" in options:
        fields["null_tokens"] = ", ".join(options["null_tokens"])
    return fields
