"""Conversions, errors and audit trail of one import, for its page.

A long import is summarized from its first part, so that the page's cost does not grow; all of it is counted on request.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse

from audit.models import AuditEntry
from imports.errors import ErrorCode
from imports.history.error_groups import ErrorGroups
from imports.mapping.wording import correction_in_words
from imports.models import ImportHistory
from imports.pages.wording import pattern_in_words, rows_url
from imports.tables.catalog import data_tables
from imports.tables.queries.correction_groups import correction_groups

MAX_SAMPLED = 5_000  # rows or errors that are summarized unless all are requested
MAX_GROUPS = 20  # of errors
#: What identifies a group of errors.
OF_GROUP = ("error_type", "source_field", "target_field", "error_details", "shape")


@dataclass(frozen=True)
class ProposalLink:
    """A change that mends values of a group, and the page that previews it."""

    message: str
    mends: int  # values
    of: int
    url: str


@dataclass(frozen=True)
class Group:
    """Conversions or errors of one kind."""

    column: str
    message: str
    count: int
    url: str  # of the list of these rows or errors
    code: str = ""
    samples: tuple[Any, ...] = ()
    expected: str = ""  # what would fit; only of errors
    proposals: tuple[ProposalLink, ...] = ()
    repair_url: str = ""  # of the page that repairs all of them together; empty where it cannot


@dataclass(frozen=True)
class GroupSummary:
    """Groups of all rows or errors of an import, or of its first ones."""

    groups: list[Group]
    sampled: int | None = None  # how many rows or errors were counted; None: all
    total: int = 0
    has_more: bool = False  # whether there are more groups than these


def summarize_corrections(record: ImportHistory, *, everything: bool = False) -> GroupSummary:
    """Group the conversions of the import's rows; no groups where the rows are no longer in the table."""
    if not record.is_active or record.table_name not in data_tables():
        return GroupSummary([])
    sampled, total = _sample_size(record.rows_inserted, everything)
    groups = [
        Group(
            group.column, correction_in_words(group.kind, group.detail), group.count,
            rows_url(record, _corrections_applied__contains=f'"{group.column}": {{'), samples=tuple(group.examples),
        )
        for group in correction_groups(record.table_name, record.pk, among=sampled)
    ]  # fmt: skip
    return GroupSummary(groups, sampled, total)


def rows_with_errors(record: ImportHistory) -> int | None:
    """Return the number of rows that have an error, which a download has; None where counting would take long."""
    if (record.mapping_errors_count or 0) > MAX_SAMPLED:
        return None
    return record.mapping_errors.aggregate(rows=Count("record_number", distinct=True))["rows"]


def summarize_errors(record: ImportHistory, *, everything: bool = False, repairs: bool = False) -> GroupSummary:
    """Group the import's errors, the most frequent first.

    repairs: with what mends each group, which is found for all errors of a group or not at all.
    """
    sampled, total = _sample_size(record.mapping_errors_count, everything)
    if not total:
        return GroupSummary([])
    among = sampled if everything or repairs or sampled else total
    found = ErrorGroups(record, among=among)
    groups = found[: MAX_GROUPS + 1]
    shown = [_error_group(record, group, repairs=repairs) for group in groups[:MAX_GROUPS]]
    return GroupSummary(shown, found.sampled, total, has_more=len(groups) > MAX_GROUPS)


def _sample_size(number: int | None, everything: bool) -> tuple[int | None, int]:
    number = number or 0
    return (None if everything or number <= MAX_SAMPLED else MAX_SAMPLED), number


def _error_group(record: ImportHistory, group: dict[str, Any], *, repairs: bool) -> Group:
    params = {name: group[name] for name in ("error_type", "source_field", "target_field", "shape") if group[name]}
    if group["error_details"]:
        params["error_details"] = json.dumps(group["error_details"])
    elif group["error_type"] not in ErrorCode.values:
        params["error_message"] = group["message_pattern"]
    samples = dict.fromkeys(error["source_value"] for error in group["samples"] if error["source_value"] is not None)
    can_repair = repairs and group["expected"] is not None
    return Group(
        group["source_field"] or "", pattern_in_words(group["message_pattern"]), group["count"],
        f"{reverse('imports:errors', args=[record.pk])}?{urlencode(params)}",
        code=group["error_type"] or "", samples=tuple(samples),
        expected=group["expected"]["message"] if can_repair else "",
        proposals=tuple(_link(record, group, proposal) for proposal in group["proposals"]) if can_repair else (),
        repair_url=repair_url(record, group) if can_repair else "",
    )  # fmt: skip


def _link(record: ImportHistory, group: dict[str, Any], proposal: dict[str, Any]) -> ProposalLink:
    return ProposalLink(proposal["message"], proposal["mends"], proposal["of"], repair_url(record, group, proposal))


def repair_url(record: ImportHistory, group: dict[str, Any], proposal: dict[str, Any] | None = None) -> str:
    """Return the address of the page that repairs a group; with a proposal, of its preview."""
    has_own_text = not group["error_details"] and group["error_type"] not in ErrorCode.values
    named = (*OF_GROUP, "message_pattern") if has_own_text else OF_GROUP
    query = {"group": json.dumps({name: group[name] for name in named})}
    if proposal:
        query["proposal"] = json.dumps({name: proposal[name] for name in ("kind", "params")})
    return f"{reverse('lineage:repair_group', args=[record.pk])}?{urlencode(query)}"


def audit_entries(record: ImportHistory) -> QuerySet[AuditEntry]:
    """Return the audit log's entries about the import, the latest first."""
    return AuditEntry.objects.filter(subject=str(record.pk))
