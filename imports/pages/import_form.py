"""What to do with a file that was looked at: its table, its columns, and what counts as the same row."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms

from core.messages import english, message_of
from core.web.forms import PageForm
from imports.column_types import TYPES
from imports.errors import InvalidMapping
from imports.identifiers import source_names, table_name_of
from imports.labels import day_in_words
from imports.mapping import parse_mapping
from imports.mapping.json_values import as_object
from imports.mapping.request import STRATEGIES, OnError
from imports.pages.wording import FIELD_LABELS, error_in_words, evidence_in_words

MAX_LABEL_LENGTH = 80  # characters of a header in the labels of its fields
STRATEGIES_IN_WORDS = {
    "auto": "Decide from the file and the table",
    "new_table": "Make a new table",
    "merge_exact": "Add rows; the columns must be the same",
    "extend_table": "Add rows, and columns that are new",
    "adapt_data": "Fit the values into the existing columns",
}
ON_ERROR_IN_WORDS = {
    OnError.NULL: "Keep the row, leave the cell empty",
    OnError.REJECT_ROW: "Keep the whole row back",
    OnError.ABORT: "Stop and load nothing",
}
#: What a person is asked where the file does not tell, and the answers.
QUESTIONS = {
    "date_order": "In which order are day and month in {}?",
    "decimal": "What does the sign in the numbers of {} mean?",
}
ANSWERS = {
    "DMY": "Day first: {value} is {reads}",
    "MDY": "Month first: {value} is {reads}",
    ".": "It separates thousands: {value} is {reads}",
    ",": "It marks decimals: {value} is {reads}",
}


class ImportForm(PageForm):
    """The mapping that is proposed, to be changed."""

    lists_errors = True
    table_name = forms.CharField(
        max_length=255,
        label="Import into the table",
        widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"}),
    )
    strategy = forms.ChoiceField(
        choices=[(name, STRATEGIES_IN_WORDS[name]) for name in STRATEGIES], label="If the table exists"
    )
    on_error = forms.ChoiceField(
        choices=[(one.value, ON_ERROR_IN_WORDS[one]) for one in OnError], label="A value that does not fit"
    )
    most_errors = forms.IntegerField(
        required=False, min_value=0, max_value=2_000_000_000, label="Stop at more errors than (empty: never)"
    )
    rules = forms.CharField(
        required=False, max_length=100_000, label="Rules, as JSON",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "aria-describedby": "id_rules_hint"}),
    )  # fmt: skip
    check_duplicates = forms.BooleanField(required=False, label="Leave out rows that the table has already")
    force_import = forms.BooleanField(required=False, label="Import even if this file is in the table already")

    def __init__(self, findings: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=_as_fields(findings["mapping"]), **kwargs)
        self.findings = findings
        self.sources = source_names([column["header"] for column in findings["columns"]])
        for number, column in enumerate(findings["columns"]):
            self._add_column(number, column)
        doubtful = [column for column in findings["columns"] if column.get("doubt")]
        self.asked = list(dict.fromkeys(column["doubt"]["option"] for column in doubtful))
        for option in self.asked:
            self.fields[option] = _question(option, [one for one in doubtful if one["doubt"]["option"] == option])

    def questions(self) -> list[forms.BoundField]:
        """What only the person can know; without an answer nothing is imported."""
        return [self[option] for option in self.asked]

    def warnings(self) -> list[str]:
        """Those of the findings that no question stands for."""
        asked = [column["doubt"]["warning_details"] for column in self.findings["columns"] if column.get("doubt")]
        unasked = [warning for warning in self.findings["warning_details"] if warning not in asked]
        return [english(message_of(warning), FIELD_LABELS) for warning in unasked]

    def _add_column(self, number: int, column: Mapping[str, Any]) -> None:
        called = column["header"][:MAX_LABEL_LENGTH] or f"column {number + 1}"
        fields: dict[str, forms.Field] = {
            "take": forms.BooleanField(required=False, initial=column["take"], label=f"Import {called}"),
            "name": forms.CharField(required=False, max_length=255, initial=column["name"], label=f"Name of {called}"),
            "type": forms.ChoiceField(
                choices=_type_choices(column["sql_type"]), initial=column["sql_type"], label=f"Type of {called}"
            ),
            "key": forms.BooleanField(required=False, initial=column["key"], label=f"{called} tells rows apart"),
        }
        for kind, field in fields.items():
            # The columns are listed below the form that they belong to.
            field.widget.attrs |= {"form": "import", "aria-label": field.label}
            self.fields[f"{kind}_{number}"] = field

    def columns(self) -> Iterator[dict[str, Any]]:
        """The columns of the file with their fields, for the page."""
        for number, column in enumerate(self.findings["columns"]):
            fields = {kind: self[f"{kind}_{number}"] for kind in ("take", "name", "type", "key")}
            values = list(zip(column["first_values"], column["first_values_after"], strict=True))
            yield {**column, **fields, "evidence": evidence_in_words(column), "values": values}

    def clean_rules(self) -> dict[str, Any]:
        try:
            rules = as_object(self.cleaned_data["rules"], "rules")
            parse_mapping({"rules": rules})
        except InvalidMapping as error:
            raise forms.ValidationError(error_in_words(error)) from None
        return rules

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        names = [cleaned.get(f"name_{number}") for number in self._taken()]
        if not names:
            raise forms.ValidationError("Choose at least one column.")
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise forms.ValidationError(f"Two columns are called {sorted(map(str, twice))[0]!r}. Rename one of them.")
        return cleaned

    def _taken(self) -> list[int]:
        return [number for number in range(len(self.sources)) if self.cleaned_data.get(f"take_{number}")]

    def mapping(self) -> dict[str, Any]:
        """The mapping as the API takes it. A type stands in it only where somebody chose another than was found."""
        chosen = self.cleaned_data
        taken = self._taken()
        name = {number: chosen[f"name_{number}"] for number in taken}
        found = [None if column["type_given"] else column["sql_type"] for column in self.findings["columns"]]
        proposed = self.findings["mapping"]
        mapping = {
            **self._without_columns(),
            "mappings": {name[number]: self.sources[number] for number in taken},
            "db_schema": {
                name[number]: chosen[f"type_{number}"] for number in taken if chosen[f"type_{number}"] != found[number]
            },
            "rules": chosen["rules"],
            "unique_columns": [name[number] for number in taken if chosen[f"key_{number}"]],
            "source_options": proposed["source_options"] | {option: chosen[option] for option in self.asked},
        }
        return {key: value for key, value in mapping.items() if value != {} or key in ("mappings", "source_options")}

    def _without_columns(self) -> dict[str, Any]:
        """What the fields that no column has say, as far as they make sense: a part of a mapping."""
        chosen, proposed = self.cleaned_data, self.findings["mapping"]
        plain = ("table_name", "strategy", "on_error", "check_duplicates")
        said: dict[str, Any] = {key: chosen[key] for key in plain if key in chosen}
        if "most_errors" in chosen:
            said["max_errors"] = _limits(proposed, chosen["most_errors"])
        if "force_import" in chosen:
            said["duplicate_check"] = _duplicate_check(proposed, force=chosen["force_import"])
        return said

    def choices_without_columns(self) -> dict[str, Any]:
        """What somebody chose, here or for an earlier look, that holds however the file is read: a part of a mapping.

        Call it after is_valid() where the form was sent.
        """
        usual: dict[str, Any] = {
            "table_name": table_name_of(self.findings["file_name"]), "strategy": "auto", "on_error": OnError.NULL,
            "max_errors": {}, "check_duplicates": True, "duplicate_check": {},
        }  # fmt: skip
        found = self.findings["mapping"]
        proposed = {key: found.get(key, usual[key]) for key in usual} | {"max_errors": _limits_of(found)}
        now = self._without_columns() if self.is_bound else {}
        changed = {key: value for key, value in now.items() if value != proposed[key]}
        earlier = {} if self.findings["remembered"] else proposed
        return {key: value for key, value in earlier.items() if value != usual[key]} | changed


def _as_fields(proposed: Mapping[str, Any]) -> dict[str, Any]:
    """What the proposed mapping says, as the fields hold it; the columns have their own."""
    same = {name: proposed[name] for name in ("table_name", "strategy", "on_error", "check_duplicates")}
    rules = proposed["rules"]
    return same | {
        "rules": json.dumps(rules, indent=2, ensure_ascii=False) if rules else "",
        "most_errors": _limits_of(proposed).get("count"),
        "force_import": proposed.get("duplicate_check", {}).get("force_import", False),
    }


def _limits_of(proposed: Mapping[str, Any]) -> dict[str, Any]:
    given = proposed.get("max_errors")
    return {"count": given} if isinstance(given, int) else dict(given or {})


def _limits(proposed: Mapping[str, Any], count: int | None) -> dict[str, Any]:
    """max_errors with this count; a share that somebody set by another way stays."""
    limits = {key: value for key, value in _limits_of(proposed).items() if key != "count"}
    return limits if count is None else limits | {"count": count}


def _duplicate_check(proposed: Mapping[str, Any], *, force: bool) -> dict[str, Any]:
    others = {key: value for key, value in proposed.get("duplicate_check", {}).items() if key != "force_import"}
    return others | ({"force_import": True} if force else {})


def _question(option: str, columns: list[Mapping[str, Any]]) -> forms.ChoiceField:
    """One for all columns in doubt: the answer goes for the whole file."""
    doubt = columns[0]["doubt"]
    return forms.ChoiceField(
        choices=[(one["choice"], _answer(doubt["value"], **one)) for one in doubt["choices"]],
        widget=forms.RadioSelect,
        label=QUESTIONS[option].format(", ".join(f"“{one['header'] or one['name']}”" for one in columns)),
        error_messages={"required": "Choose one: the file does not tell."},
    )


def _answer(value: str, choice: str, reads: str) -> str:
    said = ANSWERS[choice].format(value=value, reads=day_in_words(reads))
    return said if reads else said.partition(":")[0]


def _type_choices(found: str) -> list[tuple[str, str]]:
    names = [one.name for one in TYPES]
    return [(name, name) for name in ([] if found in names else [found]) + names]
