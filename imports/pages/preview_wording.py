"""Texts of the preview of an import: what was found in the file, and what an import would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.formatting import counted
from core.messages import message_of
from imports.column_types import type_label
from imports.history.labels import skipped_in_words
from imports.labels import code_in_words, error_type_label
from imports.mapping.request import OnMatch
from imports.mapping.wording import format_in_words, notation
from imports.pages.wording import in_words, strategy_reason
from imports.planning import messages as planning

STRATEGIES = {
    "new_table": "Creates a new table.",
    "merge_exact": "Adds rows to this table.",
    "extend_table": "Adds rows and columns.",
    "adapt_data": "Adds rows, converted to the existing types.",
}


def dry_run_numbers(findings: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return label and number of each outcome that an import would have, then of its errors by type."""
    forecast = findings["forecast"]
    stopped_by = forecast["stopped_by"]
    new = f"Nothing to import ({code_in_words(stopped_by).lower()})" if stopped_by else "New rows"
    others = [
        *_existing_rows(findings), ("Not compared yet", forecast["not_compared"]), ("Rejected", forecast["rejected"]),
        ("Filtered out", forecast["filtered"]),
        *((f"Errors: {error_type_label(code).lower()}", number) for code, number in forecast["errors"].items()),
    ]  # fmt: skip
    return [(new, forecast["inserted"]), *((label, number) for label, number in others if number)]


def _existing_rows(findings: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return label and number of each outcome of the rows that the table, or the file itself, already has."""
    changes = findings["changes"]
    if changes is None:
        return [("Duplicates (skipped)", findings["forecast"]["duplicates"])]
    on_match = OnMatch(changes["on_match"])
    changed, unchanged, repeated = _CHANGES[on_match]
    return [(changed, changes["changed"]), (unchanged, changes["unchanged"]), (repeated, changes["repeated"])]


#: Labels of rows that the table has with other values, has alike, and that the file itself repeats.
_CHANGES = {
    OnMatch.SKIP: ("Other values than the table (skipped)", "Same as in the table (skipped)", "Repeats (skipped)"),
    OnMatch.UPDATE: ("Updated rows", "Unchanged rows", "Repeats (the last one is used)"),
    OnMatch.FILL: ("Filled rows", "Unchanged rows", "Repeats (the first one is used)"),
}


def import_button(forecast: Mapping[str, Any]) -> str:
    """Return the label of the button that imports: how many rows it would add and update."""
    inserted, updated, rows = forecast["inserted"], forecast["updated"], forecast["rows"]
    if updated and not forecast["not_compared"]:
        update = f"pdate {counted(updated, 'row')}"
        return f"Import {counted(inserted, 'new row')}, u{update}" if inserted else f"U{update}"
    if not inserted or forecast["not_compared"]:
        return "Import file"
    if inserted == rows:
        return f"Import {counted(rows, 'row')}"
    if forecast["duplicates"]:
        return f"Import {counted(inserted, 'new row')}"
    return f"Import {inserted:,} of {counted(rows, 'row')}"


def nothing_new(forecast: Mapping[str, Any]) -> str:
    """Return why an import would change nothing; empty where it would, or would be refused."""
    if any(forecast[name] for name in ("inserted", "updated", "not_compared", "stopped_by")):
        return ""
    outcomes = skipped_in_words(forecast["duplicates"], forecast["rejected"], forecast["filtered"])
    return f"Nothing new: {outcomes}." if outcomes else "The file has no rows."


def differing_rows(findings: Mapping[str, Any]) -> str:
    """Return how many skipped rows have other values than the table's, as a question; empty for none."""
    changes = findings["changes"]
    if changes is None or changes["on_match"] != OnMatch.SKIP or not changes["changed"]:
        return ""
    compared = changes["changed"] + changes["unchanged"]
    verb = "has" if changes["changed"] == 1 else "have"
    return f"{changes['changed']:,} of {counted(compared, 'row')} {verb} other values than the table."


@dataclass(frozen=True)
class ChangesShown:
    """The changes of rows that the table has, for the page."""

    title: str
    summary: str
    number: int  # of changed rows
    key: list[str]
    columns: list[tuple[str, int]]  # and in how many rows they change
    rows: list[Mapping[str, Any]] | None  # the first of them; None: the user may not see rows

    @property
    def more(self) -> bool:
        return self.rows is not None and len(self.rows) < self.number


def changes_shown(findings: Mapping[str, Any]) -> ChangesShown | None:
    """Return the changes; None where there are none."""
    changes = findings["changes"]
    if changes is None or not changes["changed"]:
        return None
    number = changes["changed"]
    key, columns = findings["mapping"]["unique_columns"], list(changes["columns"].items())
    title = "Changes" if OnMatch(changes["on_match"]).changes_rows else "Differences"
    return ChangesShown(title, _summary(findings, number), number, key, columns, changes["rows"])


def _summary(findings: Mapping[str, Any], number: int) -> str:
    forecast, verb = findings["forecast"], "has" if number == 1 else "have"
    sentences = {
        OnMatch.SKIP: f"of the file {verb} other values than the table. They will be skipped.",
        OnMatch.UPDATE: "of the table will get the values of the file.",
        OnMatch.FILL: "of the table will get values in empty cells.",
    }
    summary = f"{counted(number, 'row')} {sentences[OnMatch(findings['changes']['on_match'])]}"
    if not forecast["not_compared"]:
        return summary
    return f"{summary} Only the first {forecast['rows'] - forecast['not_compared']:,} rows were compared."


def strategy(findings: Mapping[str, Any]) -> str:
    """Return what an import would do to a table, and why: of findings, or of one of their similar tables."""
    action = STRATEGIES.get(findings["strategy"], "Can't be imported into this table.")
    reason = findings["strategy_reason_details"]
    is_warning = reason in findings.get("warning_details", [])  # which the page shows at its top
    return action if is_warning else f"{action} {strategy_reason(message_of(reason))}".strip()


def all_parts(choices: Mapping[str, Any]) -> str:
    """Return the label of the button that imports all files of an archive or sheets of a workbook; empty for one."""
    for option, noun in (("member", "files of the archive"), ("sheet", "sheets")):
        count = len(choices.get(option, []))
        if count > 1:
            return f"Import all {count} {noun}, each into its own table"
    return ""


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
    lines += [in_words(message_of(reason)) for reason in column["reasons"]]
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
