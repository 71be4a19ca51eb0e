"""What the pages say about an import: the balance of its records, its time, its mapping."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from core.charts import Amount
from core.errors import AtlasError
from core.messages import OPTION_PATHS, Message, english
from imports.history.stored_messages import failure_of, warnings_of
from imports.labels import code_in_words
from imports.mapping.request import OnError
from imports.mapping.wording import format_in_words, notation, sign
from imports.models import ImportHistory, KeptRecord, Outcome

ON_ERROR = {
    OnError.NULL: "A value that does not fit leaves its cell empty; the row is kept.",
    OnError.REJECT_ROW: "A row with a value that does not fit is kept back whole.",
    OnError.ABORT: "One value that does not fit stops the import.",
}
STRATEGIES = {
    "new_table": "Makes the table.",
    "merge_exact": "Adds rows to the same columns.",
    "extend_table": "Adds rows, and new columns.",
    "adapt_data": "Fits the values into the existing columns.",
}
OPTION_NAMES = {
    "archive": "Archive", "member": "File in the archive", "sheet": "Sheet", "record_path": "Records at",
    "encoding": "Encoding", "delimiter": "Delimiter", "quote": "Quote", "escape": "Escape",
    "header_row": "Header in row", "header_rows": "Rows of the header", "first_row": "First row",
    "last_row": "Last row", "nested": "Objects in objects", "date_order": "Date order",
    "decimal": "Decimal mark", "thousands": "Thousands separator",
}  # fmt: skip


class FieldLabels(dict[str, str]):
    """The names of options as the pages have them: those of their fields."""

    def __missing__(self, name: str) -> str:
        return OPTION_PATHS[name]


FIELD_LABELS = FieldLabels(
    {name: f"“{label}”" for name, label in OPTION_NAMES.items()},
    force_import="“Import even if this file is in the table already”",
    table_name="“Import into the table”",
    strategy="“If the table exists”",
    on_error="“A value that does not fit”",
    max_errors="“Stop at more errors than”",
    null_tokens="“Texts for ‘no value’”",
    unique_columns="“Key”",
)
MAX_CELL_LENGTH = 300  # characters of a kept value that a list shows


def error_in_words(error: AtlasError) -> str:
    """What happened and what to do, with the options by the labels of their fields."""
    return _in_words(error.message)


def failure_in_words(record: ImportHistory) -> str:
    """Why nothing of the import was loaded; empty where no reason was written down."""
    failure = failure_of(record)
    return _in_words(failure) if failure else ""


def _in_words(message: Message) -> str:
    return english(message, FIELD_LABELS)


def warnings_in_words(record: ImportHistory) -> list[str]:
    """Return the warnings of an import, with the options by the labels of their fields."""
    return [_in_words(message) for message in warnings_of(record)]


def balance(record: ImportHistory) -> list[Amount]:
    """Where the records of the file went."""
    kept = reverse("imports:skipped", args=[record.pk])
    rejected = (record.rows_skipped or 0) - (record.duplicates_found or 0) - (record.rows_filtered or 0)
    numbers = {
        Outcome.DUPLICATE: ("Duplicates", record.duplicates_found or 0),
        Outcome.REJECTED: ("Rejected", rejected if record.rows_rejected is None else record.rows_rejected),
        Outcome.FILTERED: ("Filtered", record.rows_filtered or 0),
    }
    rows = rows_url(record) if record.is_active and record.rows_inserted else ""
    return [Amount(Outcome.INSERTED.value, "Inserted", record.rows_inserted or 0, rows)] + [
        Amount(fate.value, label, number, f"{kept}?fate={fate.value}" if number else "")
        for fate, (label, number) in numbers.items()
    ]


def rows_url(record: ImportHistory, **conditions: str) -> str:
    """The page of the rows that the import brought, those that fit the conditions."""
    asked = urlencode({"_import_id": record.pk, **conditions, "metadata": "1"})
    return f"{reverse('lineage:table', args=[record.table_name])}?{asked}"


def forecast(expected: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What an import would do, fate by fate, then its errors by code; nothing for what would not happen."""
    fates = {
        "inserted": "Into the table", "duplicates": "In the table already", "rejected": "Rejected",
        "filtered": "Left out by a filter",
    }  # fmt: skip
    if expected.get("stopped_by"):
        fates["inserted"] = f"Nothing goes in ({code_in_words(expected['stopped_by']).lower()})"
    told = [(words, expected[fate]) for fate, words in fates.items() if expected[fate] or fate == "inserted"]
    return told + [(f"Error: {code_in_words(code).lower()}", number) for code, number in expected["errors"].items()]


def strategy(found: Mapping[str, Any]) -> str:
    """What an import into a table would be and why; of what a look found, or of one of its tables."""
    return f"{STRATEGIES.get(found['strategy'], 'Would be refused.')} {found['strategy_reason']}"


def phases(record: ImportHistory) -> list[Amount]:
    """Where the time went; empty where it was not measured."""
    measured = {
        ("reading", "Reading and finding types"): record.parsing_time_seconds,
        ("duplicates", "Looking for duplicates"): record.duplicate_check_time_seconds,
        ("inserting", "Writing rows"): record.insert_time_seconds,
    }
    if not record.duration_seconds or not any(measured.values()):
        return []
    parts = [Amount(name, label, float(time or 0)) for (name, label), time in measured.items()]
    rest = float(record.duration_seconds) - sum(part.amount for part in parts)
    return [part for part in [*parts, Amount("other", "Everything else", rest)] if part.amount > 0]


def reading_options(options: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """source_options in words."""
    options = options or {}
    return [(name, sign(options[key])) for key, name in OPTION_NAMES.items() if options.get(key) not in ("", None)]


def evidence_in_words(column: Mapping[str, Any]) -> list[str]:
    """What speaks for the type of a column that was looked at, and against it."""
    said = [f"{_type_in_words(one)} fits {one['fits']:,} of {one['of']:,}" for one in column["evidence"]]
    near = column.get("near_miss")
    if near:
        said.append(f"{_type_in_words(near)} fits {near['fits']:,} of {near['of']:,}, but not “{near['misfit']}”")
    return said or [_nothing_fits(column)]


def _nothing_fits(column: Mapping[str, Any]) -> str:
    if not column["values"]:
        return "There are no values"
    if column.get("type_given"):
        return "It was asked for, or is the table's"
    return "The file says that these are texts" if column.get("native_text") else "No other type fits every value"


def _type_in_words(candidate: Mapping[str, Any]) -> str:
    """NUMERIC with decimal comma; of dates the order alone, which is what they differ in."""
    if candidate.get("source_format"):
        return format_in_words(candidate["source_format"])
    marks = ", ".join(notation(candidate))
    return f"{candidate['sql_type']} ({marks})" if marks else str(candidate["sql_type"])


def pattern_in_words(pattern: str) -> str:
    """A message of many errors, with … for what differs from one to the next."""
    return re.sub(r"'?\{(value|location|cell)\}'?", "…", pattern)


def rules(config: Mapping[str, Any] | None) -> list[str]:
    """What else the mapping says, a sentence each."""
    config = config or {}
    said = []
    if config.get("on_error") in OnError.values:
        said.append(ON_ERROR[OnError(config["on_error"])])
    unique = config.get("unique_columns") or []
    if config.get("check_duplicates") is False:
        said.append("Rows were not compared with those in the table.")
    elif unique:
        said.append(f"A row with the same {', '.join(unique)} as a row of the table counts as a duplicate.")
    elif "check_duplicates" in config:
        said.append("A row with the same values as a row of the table counts as a duplicate.")
    return said


def originals(kept: Iterable[KeptRecord]) -> list[tuple[KeptRecord, list[str | None]]]:
    """Kept records with the values as they stood in the file, long ones cut."""
    return [(record, [_cut(value) for value in json.loads(bytes(record.original))]) for record in kept]


def _cut(value: str | None) -> str | None:
    if value is None:
        return None
    # Bytes that could not be decoded are kept as lone surrogates, which no page can hold.
    shown = value[:MAX_CELL_LENGTH].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f"{shown}…" if len(value) > MAX_CELL_LENGTH else shown
