"""Texts of the pages about an import: the balance of its rows, its duration, its settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from core.charts import Amount
from core.errors import AtlasError
from core.messages import OPTION_PATHS, Message, english
from imports.conversion.stored_plan import on_match_of
from imports.history.stored_messages import failure_of, strategy_reason_of, warnings_of
from imports.mapping.request import OnError, OnMatch
from imports.mapping.wording import sign
from imports.models import ImportHistory, ImportStatus, KeptRecord, Outcome
from imports.not_read import NotRead, UnreadPart, parts_of
from imports.planning import messages as planning
from imports.readers.encoding.labels import encoding_label

ON_ERROR = {
    OnError.NULL: "Invalid values are left empty; the row is still imported.",
    OnError.REJECT_ROW: "Rows with an invalid value are rejected.",
    OnError.ABORT: "The first invalid value stops the import.",
}
ON_MATCH = {
    OnMatch.SKIP: "Rows whose {key} already {exists} are skipped.",
    OnMatch.UPDATE: "Rows whose {key} already {exists} update the existing row.",
    OnMatch.FILL: "Rows whose {key} already {exists} fill the empty cells of the existing row.",
    OnMatch.INSERT: "Duplicate check: off.",
}
#: The choices of “If the table exists”.
STRATEGY_LABELS = {
    "auto": "Automatic",
    "new_table": "Create new table",
    "merge_exact": "Add rows (same columns only)",
    "extend_table": "Add rows and new columns",
    "adapt_data": "Add rows, convert to existing types",
}
OPTION_NAMES = {
    "archive": "Archive", "member": "File in the archive", "sheet": "Sheet", "record_path": "Path to rows",
    "header_path": "Path to column names",
    "encoding": "Encoding", "delimiter": "Delimiter", "quote": "Quote character", "escape": "Escape character",
    "header_row": "Header row", "header_rows": "Number of header rows", "first_row": "First data row",
    "last_row": "Last row", "columns": "Columns", "nested": "Nested objects", "date_order": "Date order",
    "decimal": "Decimal separator", "thousands": "Thousands separator",
    "pivot_year": "First two-digit year of the 1900s",
}  # fmt: skip
OPTION_VALUES = {
    "nested": {"flatten": "separate columns", "jsonb": "keep as JSON"},
    "date_order": {"DMY": "day first", "MDY": "month first", "YMD": "year first"},
}


ON_MATCH_LABEL = "If a row is already in the table"


@dataclass(frozen=True)
class MatchChoice:
    """A choice of “If a row is already in the table”."""

    label: str
    hint: str


MATCH_CHOICES = {
    OnMatch.SKIP: MatchChoice("Skip it", "The row in the table stays as it is."),
    OnMatch.UPDATE: MatchChoice(
        "Update the row",
        "Its values become those of the file, empty cells included. Columns that the file lacks stay as they are.",
    ),
    OnMatch.FILL: MatchChoice(
        "Fill empty cells only", "Cells that are empty in the table get the values of the file. All others stay."
    ),
    OnMatch.INSERT: MatchChoice(
        "Import it as another row", "Rows are not compared: every row of the file becomes a new row."
    ),
}


class FieldLabels(dict[str, str]):
    """Option -> its label on the pages."""

    def __missing__(self, name: str) -> str:
        return OPTION_PATHS[name]


ON_ERROR_LABELS = {
    OnError.NULL: "Leave the cell empty",
    OnError.REJECT_ROW: "Reject the row",
    OnError.ABORT: "Cancel the import",
}
FIELD_LABELS = FieldLabels(
    {name: f"“{label}”" for name, label in OPTION_NAMES.items()},
    force_import="“Import again anyway”",
    table_name="“Table”",
    strategy="“If the table exists”",
    adapt_data=f"“If the table exists” to “{STRATEGY_LABELS['adapt_data']}”",
    on_error="“Invalid values”",
    max_errors="“Maximum errors”",
    null_tokens="“Treat as empty”",
    unique_columns="“Unique key”",
    on_match=f"“{ON_MATCH_LABEL}”",
    db_schema="“Type”",
)
MAX_PLACES = 300  # characters of a list of places
MAX_CELL_LENGTH = 300  # characters of a skipped row's value that a list shows


def error_in_words(error: AtlasError) -> str:
    """Return what happened and what to do, with options by the labels of their fields."""
    return in_words(error.message)


def failure_in_words(record: ImportHistory) -> str:
    """Return why nothing was imported; empty where no reason was recorded."""
    failure = failure_of(record)
    return in_words(failure) if failure else ""


def in_words(message: Message) -> str:
    """Return a message with the options by the labels of their fields."""
    return english(message, FIELD_LABELS)


def strategy_reason_in_words(record: ImportHistory) -> str:
    """Return why the import used its strategy; empty where no reason was recorded."""
    reason = strategy_reason_of(record)
    return strategy_reason(reason) if reason else ""


def strategy_reason(reason: Message) -> str:
    """Return the reason for a strategy; empty for that of a new table, which “creates” says."""
    return "" if reason.code == planning.NO_TABLE_YET.code else in_words(reason)


def warnings_in_words(record: ImportHistory) -> list[str]:
    """Return the warnings of an import, with the options by the labels of their fields."""
    return [in_words(message) for message in warnings_of(record)]


def balance(record: ImportHistory) -> list[Amount]:
    """Return the number of rows of each outcome, for the bar of an import."""
    skipped, updated = (reverse(f"imports:{page}", args=[record.pk]) for page in ("skipped", "updated"))
    rejected = (record.rows_skipped or 0) - (record.duplicates_found or 0) - (record.rows_filtered or 0)
    numbers = {
        Outcome.DUPLICATE: (_duplicates_label(record), record.duplicates_found or 0),
        Outcome.REJECTED: ("Rejected", rejected if record.rows_rejected is None else record.rows_rejected),
        Outcome.FILTERED: ("Filtered", record.rows_filtered or 0),
    }
    rows = rows_url(record) if record.is_active and record.rows_inserted else ""
    outcomes = [Amount(Outcome.INSERTED.value, "Imported", record.rows_inserted or 0, rows)]
    if record.rows_updated:
        outcomes.append(Amount(Outcome.UPDATED.value, "Updated", record.rows_updated, updated))
    outcomes += [
        Amount(outcome.value, label, number, f"{skipped}?outcome={outcome.value}" if number else "")
        for outcome, (label, number) in numbers.items()
    ]
    rest = (record.total_rows_in_file or 0) - int(sum(part.amount for part in outcomes))
    if record.status == ImportStatus.FAILED and rest > 0:
        outcomes.append(Amount("other", "Not imported", rest))
    lines = (record.not_read or {}).get("lines", 0)
    return [*outcomes, *([Amount("not_read", "Lines not read", lines, "#not-read")] if lines else [])]


def _duplicates_label(record: ImportHistory) -> str:
    """Return what duplicates are: where rows were to be changed, those that change nothing."""
    return "Unchanged" if on_match_of(record.mapping_config or {}).changes_rows else "Duplicates"


def not_read_in_words(not_read: Mapping[str, Any] | None) -> list[tuple[str, int, str]]:
    """Return label, number and places of each kind of what is no row of the file; empty where there is nothing."""
    counts = (not_read or {}).get("counts") or {}
    parts = parts_of(not_read)
    return [
        (kind.label, counts[kind.value], _places([part for part in parts if part.kind == kind]))
        for kind in NotRead
        if kind.value in counts
    ]


def _places(parts: Sequence[UnreadPart]) -> str:
    places = ", ".join(map(_place, parts))[:MAX_PLACES]
    if not parts or parts[0].first is None:
        return places
    noun = "line" if places.isdigit() else "lines"
    has_blank_lines = any((part.last or 0) - (part.first or 0) + 1 != part.count for part in parts)
    return f"in {noun} {places}" if has_blank_lines else f"{noun} {places}"


def _place(part: UnreadPart) -> str:
    if part.first is None:
        return part.name
    return str(part.first) if part.first == part.last else f"{part.first}–{part.last}"


def rows_url(record: ImportHistory, **conditions: str) -> str:
    """Return the address of the import's rows that match the conditions."""
    query = urlencode({"_import_id": record.pk, **conditions, "metadata": "1"})
    return f"{reverse('lineage:table', args=[record.table_name])}?{query}"


def phases(record: ImportHistory) -> list[Amount]:
    """Return the duration of each phase; empty where it was not measured."""
    measured = {
        ("reading", "Read & analyze"): record.parsing_time_seconds,
        ("duplicates", "Duplicate check"): record.duplicate_check_time_seconds,
        ("inserting", "Write rows"): record.insert_time_seconds,
    }
    if not record.duration_seconds or not any(measured.values()):
        return []
    parts = [Amount(name, label, float(time or 0)) for (name, label), time in measured.items()]
    rest = float(record.duration_seconds) - sum(part.amount for part in parts)
    return [part for part in [*parts, Amount("other", "Other", rest)] if part.amount > 0]


def reading_options(options: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return label and value of each option with which the file was read."""
    options = options or {}
    filled = [(key, label) for key, label in OPTION_NAMES.items() if options.get(key) not in ("", None)]
    return [(label, _option_value(key, options[key])) for key, label in filled]


def _option_value(name: str, value: Any) -> str:
    if name == "encoding":
        return encoding_label(value)
    if name == "header_row" and value == 0:
        return "none"
    return OPTION_VALUES.get(name, {}).get(value) or sign(value)


def pattern_in_words(pattern: str) -> str:
    """Return the message of a group of errors, with … for what differs between them."""
    return re.sub(r"'?\{(value|location|cell)\}'?", "…", pattern)


def rules(plan: Mapping[str, Any] | None) -> list[str]:
    """Return a sentence for each of a plan's settings of errors and existing rows. plan: mapping_config."""
    plan = plan or {}
    sentences = []
    if plan.get("on_error") in OnError.values:
        sentences.append(ON_ERROR[OnError(plan["on_error"])])
    if "check_duplicates" in plan:
        sentences.append(_existing_rows(on_match_of(plan), plan.get("unique_columns") or []))
    return sentences


def _existing_rows(on_match: OnMatch, key: Sequence[str]) -> str:
    """Return what happens to rows that the table already has."""
    if not key:
        is_compared = on_match != OnMatch.INSERT
        return "Rows identical to existing ones are skipped." if is_compared else "Duplicate check: off."
    return ON_MATCH[on_match].format(key=", ".join(key), exists="exists" if len(key) == 1 else "exist")


def originals(skipped: Iterable[KeptRecord]) -> list[tuple[KeptRecord, list[str | None]]]:
    """Return skipped records with their values from the file; long values are cut."""
    return [(record, [_cut(value) for value in json.loads(bytes(record.original))]) for record in skipped]


def _cut(value: str | None) -> str | None:
    if value is None:
        return None
    # Bytes that could not be decoded are stored as lone surrogates, which a page cannot contain.
    shown = value[:MAX_CELL_LENGTH].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f"{shown}…" if len(value) > MAX_CELL_LENGTH else shown
