"""What was read of a file, after the rules of a mapping: what plans are made of and rows converted from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imports.extraction.kept_reading import KeptScan
from imports.inference.apply_rules import apply_rules
from imports.inference.near_misses import NearMisses
from imports.inference.profile import ColumnProfile
from imports.inference.scan import Scan
from imports.mapping import MappingRequest
from imports.planning.make_plan import make_plan
from imports.planning.plan import ImportPlan
from imports.table_description import TableDescription
from imports.text_batches import Records, TextBatch


@dataclass(frozen=True)
class Ruled:
    """Records and profiles after the rules."""

    of: tuple[Any, ...]  # what they were made of, as `ruled_by` has it
    records: Records
    profiles: list[ColumnProfile]
    near_misses: NearMisses
    source_options: dict[str, Any]  # as understood

    def batches(self) -> Iterator[TextBatch]:
        return self.records.batches(len(self.profiles))

    def plan(
        self,
        request: MappingRequest,
        *,
        table_name: str,
        table: TableDescription | None,
        named_as: TableDescription | None,
    ) -> ImportPlan:
        return make_plan(
            request, table_name=table_name, profiles=self.profiles, columns=self.records, table=table,
            source_options=self.source_options, near_misses=self.near_misses, named_as=named_as,
        )  # fmt: skip


def ruled_by(scan: Scan | KeptScan, request: MappingRequest) -> tuple[Any, ...]:
    """Return what the ruled records depend on: how much was read, and what the request says of values."""
    read = scan.spool.records, len(scan.file_info.header)
    return (*read, request.transformations, request.filter_rows, dict(request.source_options))


def ruled(scan: Scan | KeptScan, request: MappingRequest) -> Ruled:
    """Apply the rules of the request, at the cost of one more pass. Raises MappingDoesNotFit, RuleTooCostly."""
    records, profiles = apply_rules(scan.spool, scan.profiles(), request)
    near_misses = NearMisses(records, profiles, request, scan.location)
    return Ruled(ruled_by(scan, request), records, profiles, near_misses, scan.file_info.options)
