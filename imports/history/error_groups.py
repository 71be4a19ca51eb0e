"""The mapping errors of an import in groups with the same cause, each with what would mend it.

A group has one field, one error type, one message code, the parameters that do not differ from row to row, and one
shape of values. Errors without a code are grouped by their type, or by their text if a caller's own code recorded them
with a type of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.messages import OF_ONE_ROW, Message, message_if_known
from imports.errors import ErrorCode
from imports.history.error_rules import rule_of
from imports.history.error_values import error_batches
from imports.models import ErrorSummary, ImportHistory, MappingError
from imports.proposals.column import ReadColumn, read_columns
from imports.proposals.expected import expected_in
from imports.proposals.summarize import Group, GroupKey, Summarizer

KEPT_FROM = 5_000  # errors: from so many on their groups are kept, so that they are found once
MAX_KEPT = 1_000  # groups
VERSION = 1  # of kept groups; those of another one are found again


@dataclass(frozen=True)
class ErrorGroups:
    """The groups of errors of one import, the largest first. Supports len and slices, as a list does."""

    record: ImportHistory
    among: int | None = None  # how many of the errors are grouped, without proposals; None: all of them

    def __len__(self) -> int:
        return len(self._groups)

    def __getitem__(self, window: slice) -> list[dict[str, Any]]:
        """Return groups as JSON: what their errors share, message, count, samples, what would fit, proposals."""
        shown = self._groups[window]
        ids = [error_id for group in shown for error_id in group["first_ids"]]
        samples = {error.pk: _sample(error) for error in MappingError.objects.filter(pk__in=ids)} if ids else {}
        return [_with_samples(group, samples) for group in shown]

    @property
    def sampled(self) -> int | None:
        """Of how many errors these are the groups; None: of all."""
        return self._found[1]

    @property
    def _groups(self) -> Sequence[dict[str, Any]]:
        return self._found[0]

    @cached_property
    def _found(self) -> tuple[Sequence[dict[str, Any]], int | None]:
        kept = kept_groups(self.record)
        if kept is not None:
            return kept, None
        if self.among is None:
            return renew_error_groups(self.record), None
        count = self.record.mapping_errors_count or 0
        return grouped(self.record, self.among), self.among if count > self.among else None


def kept_groups(record: ImportHistory) -> list[dict[str, Any]] | None:
    """Return the groups as they were kept; None if they were not, or errors came or went since."""
    if (record.mapping_errors_count or 0) < KEPT_FROM:
        return None
    kept = ErrorSummary.objects.filter(pk=record.pk, version=VERSION, errors_by_type=record.errors_by_type).first()
    return kept.groups if kept else None


def renew_error_groups(record: ImportHistory) -> list[dict[str, Any]]:
    """Find the groups of all errors of an import, keep them where it has many, and return them.

    Call it in the transaction that changes errors, or after it; otherwise `forget_error_groups`.
    """
    groups = grouped(record)
    if (record.mapping_errors_count or 0) >= KEPT_FROM:
        ErrorSummary.objects.update_or_create(
            pk=record.pk,
            defaults={"version": VERSION, "errors_by_type": record.errors_by_type, "groups": groups[:MAX_KEPT]},
        )
    else:
        forget_error_groups(record)
    return groups


def forget_error_groups(record: ImportHistory) -> None:
    """Delete what is kept of the groups of an import, whose errors change: they are found again when needed."""
    ErrorSummary.objects.filter(pk=record.pk).delete()


def grouped(record: ImportHistory, among: int | None = None) -> list[dict[str, Any]]:
    """Return the groups of errors, without samples. among: only of so many errors, without proposals."""
    columns = read_columns(record.mapping_config)
    summarizer = Summarizer(columns, with_proposals=among is None)
    for errors in error_batches(record.pk, among):
        summarizer.add(errors)
    return [_as_json(group, columns, record.mapping_config) for group in summarizer.groups()]


def _as_json(group: Group, columns: Mapping[str, ReadColumn], config: Mapping[str, Any] | None) -> dict[str, Any]:
    key, column = group.key, columns.get(group.key.target_field or "")
    kind = json.loads(key.details) if key.details else None
    has_value = key.shape is not None and column is not None
    return {
        "error_type": key.error_type, "source_field": key.source_field, "target_field": key.target_field,
        "shape": key.shape, "message_pattern": _pattern(key, kind), "error_details": kind, "count": group.count,
        "rule": rule_of(key.source_field, key.target_field, kind, config),
        "expected": expected_in(column).as_json() if has_value and column else None,
        "proposals": [proposal.as_json() for proposal in group.proposals], "first_ids": group.first_ids,
    }  # fmt: skip


def _sample(error: MappingError) -> dict[str, Any]:
    return {"record_number": error.record_number, "location": error.location, "source_value": error.source_value}


def _with_samples(group: Mapping[str, Any], samples: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    shown = {name: value for name, value in group.items() if name != "first_ids"}
    return {**shown, "samples": [samples[error_id] for error_id in group["first_ids"] if error_id in samples]}


def _pattern(key: GroupKey, kind: dict[str, Any] | None) -> str:
    if kind:
        return pattern_of(kind)
    if key.own_text is None and key.error_type is not None:
        return ErrorCode(key.error_type).label
    return key.own_text or ""


def pattern_of(kind: dict[str, Any]) -> str:
    """Return the message of a group, with {value}, {location} and {cell} for what differs from row to row."""
    return str(Message(kind["code"], {**kind["params"], **{name: f"{{{name}}}" for name in OF_ONE_ROW}}))


def pattern_of_group(group: Mapping[str, Any]) -> str:
    """Return the message of a group that a client describes; empty where this version does not know it."""
    details, error_type = group.get("error_details"), group.get("error_type")
    if isinstance(details, Mapping):
        params = details.get("params")
        placeholders = {name: f"{{{name}}}" for name in OF_ONE_ROW}
        message = message_if_known(
            details.get("code"), {**(params if isinstance(params, dict) else {}), **placeholders}
        )
        return str(message) if message else ""
    return ErrorCode(error_type).label if error_type in ErrorCode.values else str(group.get("message_pattern") or "")
