"""What people may ask of the pages, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Count, Q, QuerySet

from imports.column_types import TYPES
from imports.in_words import code_in_words, day_in_words, evidence_in_words, field_in_words
from imports.mapping import STRATEGIES, OnError
from imports.models import Fate, ImportHistory, ImportStatus, MappingError
from imports.names import source_names
from imports.people import by_person

OUTCOMES = [
    ("", "Any"),
    (ImportStatus.SUCCESS, "Imported"),
    (ImportStatus.PARTIAL, "Partly imported"),
    (ImportStatus.FAILED, "Failed"),
    (ImportStatus.IN_PROGRESS, "Running"),
    ("undone", "Undone"),
]
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
DATE_ORDERS = [("", "As found"), ("DMY", "Day first: 31/12/2025"), ("MDY", "Month first: 12/31/2025")]
DELIMITERS = [
    ("", "As found"), (",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar |"), (" ", "Space"), (":", "Colon"),
    (", ", "Comma and space"), ("::", "Two colons"), ("||", "Two bars"),
]  # fmt: skip
QUOTES = [("", "As found"), ('"', 'Double quote "'), ("'", "Single quote '"), ("none", "None: quotes are text")]
ESCAPES = [("", "As found"), ("\\", "Backslash \\")]
NESTED = [("", "As found"), ("flatten", "Columns of their own: a.b"), ("jsonb", "One JSONB column")]
DECIMALS = [("", "As found"), (".", "Point: 1.5"), (",", "Comma: 1,5")]
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
#: What a person may say about how a format is read; the order of dates and the decimal mark go for every format.
READ_BY = {
    "csv": {"encoding", "delimiter", "quote", "escape", "header_row", "header_rows", "last_row"},
    "excel": {"sheet", "header_row"},
    "json": {"encoding", "record_path", "nested"},
    "xml": {"encoding", "record_path", "nested"},
}
BEFORE_THE_FORMAT = {"member"}  # of an archive, whatever is in it
OF_FORMATS = set().union(*READ_BY.values())


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


class ReadAgainForm(PageForm):
    """How to read the file, where it was not understood. Empty: as found."""

    prefix = "read"

    encoding = forms.CharField(
        required=False, max_length=40, widget=forms.TextInput(attrs={"list": "encodings", "autocomplete": "off"})
    )
    delimiter = forms.ChoiceField(required=False, choices=DELIMITERS)
    quote = forms.ChoiceField(required=False, choices=QUOTES)
    escape = forms.ChoiceField(required=False, choices=ESCAPES)
    header_row = forms.IntegerField(required=False, min_value=0, max_value=1_000_000, label="Header in row (0: none)")
    header_rows = forms.IntegerField(required=False, min_value=1, max_value=10, label="Rows of the header")
    last_row = forms.IntegerField(required=False, min_value=1, max_value=2_000_000_000, label="Last row of the table")
    member = forms.CharField(required=False, max_length=500, label="File in the archive")
    sheet = forms.CharField(required=False, max_length=255)
    record_path = forms.CharField(required=False, max_length=500, label="Records at")
    nested = forms.ChoiceField(required=False, choices=NESTED, label="Objects in objects")
    date_order = forms.ChoiceField(required=False, choices=DATE_ORDERS)
    decimal = forms.ChoiceField(required=False, choices=DECIMALS, label="Decimal mark")

    def __init__(self, findings: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in OF_FORMATS - READ_BY.get(findings["file_type"], OF_FORMATS):
            del self.fields[name]
        for name in ("sheet", "record_path", "member"):
            if name in self.fields:
                self._offer(name, findings["choices"].get(name, []))

    def _offer(self, name: str, found: list[Any]) -> None:
        """A choice among what there is; none where there is nothing to choose."""
        if not found and name in BEFORE_THE_FORMAT:
            del self.fields[name]
            return
        choices = [("", "As found"), *((str(one), str(one)) for one in found)]
        self.fields[name] = forms.ChoiceField(required=False, label=self.fields[name].label, choices=choices)

    def source_options(self) -> dict[str, Any]:
        asked = {key: value for key, value in self.cleaned_data.items() if value not in ("", None)}
        return asked | ({"quote": ""} if asked.get("quote") == "none" else {})


class ImportForm(PageForm):
    """What to do with a file that was looked at: its table, its columns, and what counts as the same row."""

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
    check_duplicates = forms.BooleanField(required=False, label="Leave out rows that the table has already")
    force_import = forms.BooleanField(required=False, label="Import even if this file is in the table already")

    def __init__(self, findings: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        proposed = ("table_name", "strategy", "on_error", "check_duplicates")
        initial = {name: findings["mapping"][name] for name in proposed}
        super().__init__(*args, initial=initial, **kwargs)
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
        asked = {column["doubt"]["warning"] for column in self.findings["columns"] if column.get("doubt")}
        return [warning for warning in self.findings["warnings"] if warning not in asked]

    def _add_column(self, number: int, column: Mapping[str, Any]) -> None:
        called = column["header"] or f"column {number + 1}"
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
            yield {**column, **fields, "evidence": evidence_in_words(column["evidence"]), "values": values}

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
            **{key: proposed[key] for key in ("rules", "max_errors") if key in proposed},
            "table_name": chosen["table_name"],
            "strategy": chosen["strategy"],
            "mappings": {name[number]: self.sources[number] for number in taken},
            "db_schema": {
                name[number]: chosen[f"type_{number}"] for number in taken if chosen[f"type_{number}"] != found[number]
            },
            "unique_columns": [name[number] for number in taken if chosen[f"key_{number}"]],
            "on_error": chosen["on_error"],
            "check_duplicates": chosen["check_duplicates"],
            "source_options": proposed["source_options"] | {option: chosen[option] for option in self.asked},
        }
        return mapping | ({"duplicate_check": {"force_import": True}} if chosen["force_import"] else {})


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
