"""Texts of the pages about an import: the balance of its rows, its duration, its settings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from core.charts import Amount
from core.errors import AtlasError
from core.formatting import counted
from core.messages import OPTION_PATHS, Message, english, message_of
from imports.column_types import type_label
from imports.history.labels import skipped_in_words
from imports.history.stored_messages import failure_of, strategy_reason_of, warnings_of
from imports.labels import code_in_words, error_type_label
from imports.mapping.request import OnError
from imports.mapping.wording import format_in_words, notation, sign
from imports.models import ImportHistory, ImportStatus, KeptRecord, Outcome
from imports.not_read import NotRead, UnreadPart, parts_of
from imports.planning import messages as planning
from imports.readers.encoding.labels import encoding_label

ON_ERROR = {
    OnError.NULL: "Invalid values are left empty; the row is still imported.",
    OnError.REJECT_ROW: "Rows with an invalid value are rejected.",
    OnError.ABORT: "The first invalid value stops the import.",
}
STRATEGIES = {
    "new_table": "Creates a new table.",
    "merge_exact": "Adds rows to this table.",
    "extend_table": "Adds rows and columns.",
    "adapt_data": "Adds rows, converted to the existing types.",
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


class FieldLabels(dict[str, str]):
    """Option -> its label on the pages."""

    def __missing__(self, name: str) -> str:
        return OPTION_PATHS[name]


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
    db_schema="“Type”",
    check_duplicates="“Skip duplicate rows”",
)
MAX_PLACES = 300  # characters of a list of places
MAX_CELL_LENGTH = 300  # characters of a skipped row's value that a list shows


def error_in_words(error: AtlasError) -> str:
    """Return what happened and what to do, with options by the labels of their fields."""
    return _in_words(error.message)


def failure_in_words(record: ImportHistory) -> str:
    """Return why nothing was imported; empty where no reason was recorded."""
    failure = failure_of(record)
    return _in_words(failure) if failure else ""


def _in_words(message: Message) -> str:
    return english(message, FIELD_LABELS)


def strategy_reason_in_words(record: ImportHistory) -> str:
    """Return why the import used its strategy; empty where no reason was recorded."""
    reason = strategy_reason_of(record)
    return _reason(reason) if reason else ""


def _reason(reason: Message) -> str:
    """Return the reason for a strategy; empty for that of a new table, which “creates” says."""
    return "" if reason.code == planning.NO_TABLE_YET.code else _in_words(reason)


def warnings_in_words(record: ImportHistory) -> list[str]:
    """Return the warnings of an import, with the options by the labels of their fields."""
    return [_in_words(message) for message in warnings_of(record)]


def balance(record: ImportHistory) -> list[Amount]:
    """Return the number of rows of each outcome, for the bar of an import."""
    skipped = reverse("imports:skipped", args=[record.pk])
    rejected = (record.rows_skipped or 0) - (record.duplicates_found or 0) - (record.rows_filtered or 0)
    numbers = {
        Outcome.DUPLICATE: ("Duplicates", record.duplicates_found or 0),
        Outcome.REJECTED: ("Rejected", rejected if record.rows_rejected is None else record.rows_rejected),
        Outcome.FILTERED: ("Filtered", record.rows_filtered or 0),
    }
    rows = rows_url(record) if record.is_active and record.rows_inserted else ""
    outcomes = [Amount(Outcome.INSERTED.value, "Imported", record.rows_inserted or 0, rows)] + [
        Amount(outcome.value, label, number, f"{skipped}?outcome={outcome.value}" if number else "")
        for outcome, (label, number) in numbers.items()
    ]
    rest = (record.total_rows_in_file or 0) - int(sum(part.amount for part in outcomes))
    if record.status == ImportStatus.FAILED and rest > 0:
        outcomes.append(Amount("other", "Not imported", rest))
    lines = (record.not_read or {}).get("lines", 0)
    return [*outcomes, *([Amount("not_read", "Lines not read", lines, "#not-read")] if lines else [])]


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


def dry_run_numbers(forecast: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return label and number of each outcome that an import would have, then of its errors by type."""
    labels = {
        "inserted": "New rows", "duplicates": "Duplicates (skipped)", "rejected": "Rejected",
        "filtered": "Filtered out",
    }  # fmt: skip
    if forecast.get("stopped_by"):
        labels["inserted"] = f"Nothing to import ({code_in_words(forecast['stopped_by']).lower()})"
    outcomes = [(label, forecast[name]) for name, label in labels.items() if forecast[name] or name == "inserted"]
    errors = [(f"Errors: {error_type_label(code).lower()}", number) for code, number in forecast["errors"].items()]
    return outcomes + errors


def all_parts(choices: Mapping[str, Any]) -> str:
    """Return the label of the button that imports all files of an archive or sheets of a workbook; empty for one."""
    for option, noun in (("member", "files of the archive"), ("sheet", "sheets")):
        count = len(choices.get(option, []))
        if count > 1:
            return f"Import all {count} {noun}, each into its own table"
    return ""


def import_button(forecast: Mapping[str, Any]) -> str:
    """Return the label of the button that imports: how many rows it would add."""
    inserted, rows = forecast["inserted"], forecast["rows"]
    if not inserted:
        return "Import file"
    if inserted == rows:
        return f"Import {counted(rows, 'row')}"
    if forecast["duplicates"]:
        return f"Import {counted(inserted, 'new row')}"
    return f"Import {inserted:,} of {counted(rows, 'row')}"


def nothing_new(forecast: Mapping[str, Any]) -> str:
    """Return why an import would add no row; empty where it would add some, or would be refused."""
    if forecast["inserted"] or forecast["stopped_by"]:
        return ""
    outcomes = skipped_in_words(forecast["duplicates"], forecast["rejected"], forecast["filtered"])
    return f"Nothing new: {outcomes}." if outcomes else "The file has no rows."


def strategy(findings: Mapping[str, Any]) -> str:
    """Return what an import would do to a table, and why: of findings, or of one of their similar tables."""
    action = STRATEGIES.get(findings["strategy"], "Can't be imported into this table.")
    reason = findings["strategy_reason_details"]
    is_warning = reason in findings.get("warning_details", [])  # which the page shows at its top
    return action if is_warning else f"{action} {_reason(message_of(reason))}".strip()


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


def evidence_in_words(column: Mapping[str, Any]) -> list[str]:
    """Return how many values of an analyzed column its type fits, and what else it could be; empty for plain text.

    What a question asks is only there.
    """
    if column["questions"]:
        return ["See “Questions”."]
    lines = [_fit(evidence, column) for evidence in column["evidence"]]
    closest = column.get("near_miss")
    if closest:
        first, numbers = closest["misfits"][0], f"{closest['fits']:,} of {closest['of']:,} non-empty values"
        lines.append(f"{numbers} are {_noun(closest)}, but not “{first['value']}” ({first['location']})")
    lines += [_in_words(message_of(reason)) for reason in column["reasons"]]
    return lines or _without_evidence(column)


def _fit(evidence: Mapping[str, Any], column: Mapping[str, Any]) -> str:
    fits, total, marks = evidence["fits"], evidence["of"], _format_of(evidence)
    if evidence["sql_type"] == column["sql_type"] and marks == _format_of(column):
        values = _match(fits, total)
        return f"{values} ({marks})" if marks else values
    name = marks or type_label(evidence["sql_type"])
    return f"Also possible: {name}" if fits == total else f"Only {fits:,} of {total:,} values match {name}"


def _match(fits: int, total: int) -> str:
    if total == 1:
        return "1 value matches" if fits else "1 value does not match"
    return f"All {total:,} values match" if fits == total else f"{fits:,} of {total:,} values match"


def _without_evidence(column: Mapping[str, Any]) -> list[str]:
    if not column["values"]:
        return []
    if column.get("type_given"):
        return ["Set by you, the table or an earlier import"]
    return ["Stored as text in the file"] if column.get("native_text") else []


def _noun(candidate: Mapping[str, Any]) -> str:
    noun = planning.VALUE_NAMES.get(candidate["sql_type"], type_label(candidate["sql_type"]))
    marks = _format_of(candidate)
    return f"{noun} ({marks})" if marks else noun


def _format_of(candidate: Mapping[str, Any]) -> str:
    """Return the format of dates, or the separators of numbers; empty for the usual ones."""
    if candidate.get("source_format"):
        return format_in_words(candidate["source_format"])
    return ", ".join(notation(candidate))


def pattern_in_words(pattern: str) -> str:
    """Return the message of a group of errors, with … for what differs between them."""
    return re.sub(r"'?\{(value|location|cell)\}'?", "…", pattern)


def rules(config: Mapping[str, Any] | None) -> list[str]:
    """Return a sentence for each of the mapping's settings of errors and duplicates."""
    config = config or {}
    sentences = []
    if config.get("on_error") in OnError.values:
        sentences.append(ON_ERROR[OnError(config["on_error"])])
    unique = config.get("unique_columns") or []
    if config.get("check_duplicates") is False:
        sentences.append("Duplicate check: off.")
    elif unique:
        verb = "exists" if len(unique) == 1 else "exist"
        sentences.append(f"Rows whose {', '.join(unique)} already {verb} are skipped.")
    elif "check_duplicates" in config:
        sentences.append("Rows identical to existing ones are skipped.")
    return sentences


def originals(skipped: Iterable[KeptRecord]) -> list[tuple[KeptRecord, list[str | None]]]:
    """Return skipped records with their values from the file; long values are cut."""
    return [(record, [_cut(value) for value in json.loads(bytes(record.original))]) for record in skipped]


def _cut(value: str | None) -> str | None:
    if value is None:
        return None
    # Bytes that could not be decoded are stored as lone surrogates, which a page cannot contain.
    shown = value[:MAX_CELL_LENGTH].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f"{shown}…" if len(value) > MAX_CELL_LENGTH else shown
