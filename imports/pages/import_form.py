"""The form of a preview: the table, columns, types and keys with which a file is imported."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from core.messages import english, message_of
from core.web.forms import PageForm
from imports.analysis.messages import DIFFERING_ROWS_OF_FILE
from imports.column_types import TYPES, type_label
from imports.errors import InvalidMapping
from imports.identifiers import source_names, table_name_of
from imports.mapping import parse_mapping
from imports.mapping.json_values import as_object
from imports.mapping.request import STRATEGIES, OnError, OnMatch, SavedVersion
from imports.pages import messages
from imports.pages.preview_wording import evidence_in_words
from imports.pages.questions import PageQuestion, questions_of
from imports.pages.wording import (
    FIELD_LABELS,
    MATCH_CHOICES,
    ON_ERROR_LABELS,
    ON_MATCH_LABEL,
    STRATEGY_LABELS,
    MatchChoice,
    error_in_words,
)

MAX_LABEL_LENGTH = 80  # characters of a header in the labels of its fields


def with_shortcuts(data: QueryDict | None, findings: Mapping[str, Any]) -> QueryDict | None:
    """Return the submitted data with what a button of the page sets at one click, which then refreshes the preview.

    `use_key`: the key that the findings propose; `use_on_match`: what happens to existing rows.
    """
    if data is None or not {"use_key", "use_on_match"} & data.keys():
        return data
    changed = data.copy()
    changed["refresh"] = "preview"
    if "use_on_match" in data:
        changed["on_match"] = str(data["use_on_match"])
    if "use_key" in data and findings["key_proposal"]:
        for number, column in enumerate(findings["columns"]):
            if column["name"] in findings["key_proposal"]["columns"]:
                changed[f"take_{number}"] = changed[f"key_{number}"] = "on"
            else:
                changed.pop(f"key_{number}", None)
    return changed


#: Fields -> the key of the mapping that they set; those of a column are named without its number.
KEYS_OF_FIELDS = {
    "table_name": "table_name", "strategy": "strategy", "on_error": "on_error", "max_errors": "max_errors",
    "on_match": "duplicate_check", "force_import": "duplicate_check", "take": "mappings", "name": "mappings",
    "type": "db_schema", "key": "unique_columns",
}  # fmt: skip


class TypeSelect(forms.Select):
    """A select of types with their SQL names as tooltips."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["title"] = str(value)
        return option


class ImportForm(PageForm):
    """The proposed mapping, which the user can change."""

    lists_errors = True
    table_name = forms.CharField(
        max_length=255,
        label="Table",
        widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"}),
    )
    strategy = forms.ChoiceField(
        choices=[(name, STRATEGY_LABELS[name]) for name in STRATEGIES], label="If the table exists"
    )
    on_error = forms.ChoiceField(
        choices=[(choice.value, ON_ERROR_LABELS[choice]) for choice in OnError], label="Invalid values"
    )
    max_errors = forms.IntegerField(
        required=False, min_value=0, max_value=2_000_000_000, label="Maximum errors (blank = no limit)"
    )
    rules = forms.CharField(
        required=False, max_length=100_000, label="Transformations (JSON)",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "aria-describedby": "id_rules_hint"}),
    )  # fmt: skip
    on_match = forms.ChoiceField(
        choices=[(policy.value, choice.label) for policy, choice in MATCH_CHOICES.items()],
        label=ON_MATCH_LABEL,
        widget=forms.RadioSelect,
    )
    force_import = forms.BooleanField(required=False, label="Import again anyway")

    def __init__(self, findings: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial_values(findings["mapping"]), **kwargs)
        self.findings = findings
        self.sources = source_names([column["header"] for column in findings["columns"]])
        for number, column in enumerate(findings["columns"]):
            self._add_column(number, column)
        self.asked = questions_of(findings["columns"])
        for question in self.asked:
            self.fields[question.name] = question.field

    def questions(self) -> list[forms.BoundField]:
        """Return the fields that the user has to answer before the import."""
        return [self[question.name] for question in self.asked]

    def warnings(self) -> list[str]:
        """Return the warnings of the findings, except those that are asked as a question elsewhere on the page."""
        elsewhere = [warning for question in self.asked for warning in question.warnings]
        warnings = [
            warning
            for warning in self.findings["warning_details"]
            if warning not in elsewhere and warning["code"] != DIFFERING_ROWS_OF_FILE.code
        ]
        return [english(message_of(warning), FIELD_LABELS) for warning in warnings]

    def field_errors(self) -> list[str]:
        """Return the errors of the fields, each with its label or question."""
        return [
            f"{field.label} {error}" if str(field.label).endswith("?") else f"{field.label}: {error}"
            for field in self
            for error in field.errors
        ]

    def _add_column(self, number: int, column: Mapping[str, Any]) -> None:
        header = column["header"][:MAX_LABEL_LENGTH] or f"column {number + 1}"
        fields: dict[str, forms.Field] = {
            "take": forms.BooleanField(required=False, initial=column["take"], label=f"Import {header}"),
            "name": forms.CharField(
                required=False, max_length=255, initial=column["name"], label=f"Table column for {header}"
            ),
            "type": forms.ChoiceField(
                choices=_type_choices(column["sql_type"]),
                initial=column["sql_type"],
                label=f"Type of {header}",
                widget=TypeSelect,
            ),
            "key": forms.BooleanField(required=False, initial=column["key"], label=f"Use {header} as unique key"),
        }
        for kind, field in fields.items():
            # The columns are listed below their form, outside of its element.
            field.widget.attrs |= {"form": "import", "aria-label": field.label}
            self.fields[f"{kind}_{number}"] = field

    def match_choices(self) -> Iterator[tuple[Any, MatchChoice]]:
        """Yield each choice of what happens to existing rows: the radio button and its texts."""
        yield from zip(self["on_match"], MATCH_CHOICES.values(), strict=True)

    def key(self) -> list[str]:
        """Return the headers of the columns that identify a row."""
        return [column["header"] or column["name"] for column in self.findings["columns"] if column["key"]]

    def proposed_key(self) -> Mapping[str, Any] | None:
        """Return the key that the findings propose, with its headers, where it is not the one in use."""
        proposal = self.findings["key_proposal"]
        if proposal is None or set(proposal["columns"]) == set(self.findings["mapping"]["unique_columns"]):
            return None
        headers = {column["name"]: column["header"] for column in self.findings["columns"]}
        return {**proposal, "headers": [headers[name] for name in proposal["columns"]]}

    def columns(self) -> Iterator[dict[str, Any]]:
        """Yield each column of the file with its fields, for the page."""
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
            raise forms.ValidationError(str(messages.NO_COLUMN_CHOSEN()))
        repeated = sorted({str(name) for name in names if names.count(name) > 1})
        if repeated:
            raise forms.ValidationError(str(messages.COLUMN_NAME_TWICE(name=repeated[0])))
        if self._changes_rows(cleaned) and not any(cleaned.get(f"key_{number}") for number in self._taken()):
            self.add_error("on_match", str(messages.KEY_NEEDED()))
        for question in self.asked:
            if question.column is not None and self._is_open(question, cleaned):
                self.add_error(question.name, question.field.error_messages["required"])
        return cleaned

    @staticmethod
    def _changes_rows(cleaned: Mapping[str, Any]) -> bool:
        return bool(cleaned.get("on_match")) and OnMatch(cleaned["on_match"]).changes_rows

    def _is_open(self, question: PageQuestion, cleaned: Mapping[str, Any]) -> bool:
        """Return whether a question about a type is not answered, neither by a column that is left out."""
        detected = self.findings["columns"][question.column]["sql_type"]
        is_asked = cleaned.get(f"take_{question.column}") and cleaned.get(f"type_{question.column}") == detected
        return bool(is_asked) and not cleaned.get(question.name)

    def _taken(self) -> list[int]:
        return [number for number in range(len(self.sources)) if self.cleaned_data.get(f"take_{number}")]

    def mapping(self) -> dict[str, Any]:
        """Return the mapping as the API takes it; with types only where the user changed the detected ones."""
        values = self.cleaned_data
        taken = self._taken()
        name = {number: values[f"name_{number}"] for number in taken}
        types = {number: values[f"type_{number}"] for number in taken}
        detected = [None if column["type_given"] else column["sql_type"] for column in self.findings["columns"]]
        for question in self.asked:
            if question.column in types and types[question.column] == detected[question.column]:
                types[question.column] = values[question.name]
                detected[question.column] = None  # the answer is in the mapping, so that it is not asked again
        mapping = {
            **self._without_columns(),
            "mappings": {name[number]: self.sources[number] for number in taken},
            "db_schema": {name[number]: types[number] for number in taken if types[number] != detected[number]},
            "rules": values["rules"],
            "unique_columns": [name[number] for number in taken if values[f"key_{number}"]],
            "source_options": self.findings["requested_options"]
            | {question.name: values[question.name] for question in self.asked if question.column is None},
        }
        return {key: value for key, value in mapping.items() if value != {} or key in ("mappings", "source_options")}

    def mapping_to_save(self) -> dict[str, Any]:
        """Return the mapping for other files of this kind: with the types of all columns, and without what is asked
        for this file alone. Call it after is_valid()."""
        mapping = self.mapping()
        name = {number: self.cleaned_data[f"name_{number}"] for number in self._taken()}
        types = {name[number]: self.cleaned_data[f"type_{number}"] for number in name}
        check = {key: value for key, value in mapping["duplicate_check"].items() if key != "force_import"}
        options = self.findings["mapping"]["source_options"] | mapping["source_options"]
        asked = {"db_schema": types | mapping.get("db_schema", {}), "duplicate_check": check, "source_options": options}
        return {**mapping, **asked}

    def saved_version(self) -> SavedVersion | None:
        """Return the saved mapping that the preview uses, with the keys that the user has changed; None: it uses none.

        Call it after is_valid().
        """
        used = self.findings["saved_mapping"]
        if used is None:
            return None
        version = SavedVersion(used["id"], used["name"], used["version"], tuple(used["changed"]))
        return version.but(self._changed_keys())

    def _changed_keys(self) -> Iterator[str]:
        """Yield the keys of the mapping in which the form says something else than the page proposed."""
        asked = {question.name: question for question in self.asked}
        for name in self.changed_data:
            if name in asked:
                yield "source_options" if asked[name].column is None else "db_schema"
            elif name != "rules":
                yield KEYS_OF_FIELDS[name.partition("_")[0] if name[-1].isdigit() else name]
        if self.cleaned_data["rules"] != self.findings["mapping"]["rules"]:
            yield "rules"

    def _without_columns(self) -> dict[str, Any]:
        """Return the part of the mapping that concerns no single column, from the valid fields."""
        values, proposed = self.cleaned_data, self.findings["mapping"]
        unchanged = ("table_name", "strategy", "on_error")
        mapping: dict[str, Any] = {key: values[key] for key in unchanged if key in values}
        if "max_errors" in values:
            mapping["max_errors"] = _limits(proposed, values["max_errors"])
        if "force_import" in values and "on_match" in values:
            mapping["duplicate_check"] = _duplicate_check(
                proposed, force=values["force_import"], on_match=values["on_match"]
            )
        return mapping

    def settings_without_columns(self) -> dict[str, Any]:
        """Return the part of the mapping that the user changed and that holds however the file is read.

        Call it after is_valid() where the form was submitted.
        """
        defaults: dict[str, Any] = {
            "table_name": table_name_of(self.findings["file_name"]), "strategy": "auto", "on_error": OnError.NULL,
            "max_errors": {}, "duplicate_check": {},
        }  # fmt: skip
        mapping = self.findings["mapping"]
        proposed = _without_key({key: mapping.get(key, defaults[key]) for key in defaults})
        proposed["max_errors"] = _limits_of(mapping)
        current = _without_key(self._without_columns() if self.is_bound else {})
        changed = {key: value for key, value in current.items() if value != proposed[key]}
        earlier = {} if self.findings["remembered"] else proposed
        return {key: value for key, value in earlier.items() if value != defaults[key]} | changed


def _initial_values(proposed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the initial values of the fields, except those of the columns."""
    same = {name: proposed[name] for name in ("table_name", "strategy", "on_error")}
    rules = proposed["rules"]
    return same | {
        "rules": json.dumps(rules, indent=2, ensure_ascii=False) if rules else "",
        "max_errors": _limits_of(proposed).get("count"),
        "on_match": proposed["duplicate_check"]["on_match"],
        "force_import": proposed["duplicate_check"].get("force_import", False),
    }


def _limits_of(proposed: Mapping[str, Any]) -> dict[str, Any]:
    limits = proposed.get("max_errors")
    return {"count": limits} if isinstance(limits, int) else dict(limits or {})


def _limits(proposed: Mapping[str, Any], count: int | None) -> dict[str, Any]:
    """Return max_errors with this count; a share that was set through the API is kept."""
    limits = {key: value for key, value in _limits_of(proposed).items() if key != "count"}
    return limits if count is None else limits | {"count": count}


def _duplicate_check(proposed: Mapping[str, Any], *, force: bool, on_match: str) -> dict[str, Any]:
    settings = {key: value for key, value in proposed.get("duplicate_check", {}).items() if key != "force_import"}
    return settings | {"on_match": on_match} | ({"force_import": True} if force else {})


def _without_key(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mapping without what its key decides, or what goes without saying, of existing rows."""
    settings = dict(mapping.get("duplicate_check", {}))
    if settings.get("on_match") != OnMatch.INSERT:
        settings.pop("on_match", None)
    return {**mapping, **({"duplicate_check": settings} if "duplicate_check" in mapping else {})}


def _type_choices(sql_type: str) -> list[tuple[str, str]]:
    names = [column_type.name for column_type in TYPES]
    return [(name, type_label(name)) for name in ([] if sql_type in names else [sql_type]) + names]
