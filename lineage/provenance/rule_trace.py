"""The rules of a mapping that changed a column, and their effect on one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from imports.identifiers import ColumnPositions
from imports.inference.apply_rules import Transformation
from imports.mapping.parse_rules import transformations_of
from imports.mapping.wording import rules_in_words
from imports.text_batches import TextBatch

Cells = Sequence[str | None]


@dataclass(frozen=True)
class TracedRule:
    """One of rules.transformations. Positions count the columns of the file, then those that rules added."""

    number: int  # position among the rules, from 0
    rule: Mapping[str, Any]
    in_words: str
    names: tuple[str, ...]  # of all positions after this rule
    reads: frozenset[int]
    writes: frozenset[int]
    transformation: Transformation  # of this rule alone

    def apply(self, cells: Cells) -> list[str | None]:
        """Return the values of a row after this rule. cells: the values after the rules before it."""
        columns = [pa.array([cell], pa.string()) for cell in cells]
        batch = TextBatch(columns, 1, pa.array([0], pa.int64()))
        return [column[0].as_py() for column in self.transformation.of(batch).columns]


@dataclass(frozen=True)
class Trace:
    """The sources and rules of one column."""

    sources: tuple[int, ...]  # positions in the file
    rules: tuple[TracedRule, ...]  # that changed it, in order


def traced_rules(config: Mapping[str, Any]) -> list[TracedRule]:
    """Return the rules of a plan in order."""
    names = list(config.get("header") or [])
    transformations = (config.get("rules") or {}).get("transformations") or []
    traced = []
    parsed = transformations_of(transformations)
    for number, (rule_json, rule) in enumerate(zip(transformations, parsed, strict=True)):
        field_positions = map(ColumnPositions(names).of, rule.fields)
        reads = frozenset(position for position in field_positions if position is not None)
        transformation = Transformation(names, [rule], ())
        names = transformation.names
        writes = frozenset(transformation.changed)
        [text] = rules_in_words({"rules": {"transformations": [rule_json]}})
        traced.append(TracedRule(number, rule_json, text, tuple(names), reads, writes, transformation))
    return traced


def trace(position: int, rules: Sequence[TracedRule], file_columns: int) -> Trace:
    """Trace a column back to the file. file_columns: the number of columns of the file."""
    positions, rules_on_path = {position}, []
    for rule in reversed(rules):
        if positions & rule.writes:
            rules_on_path.append(rule)
            positions = (positions - rule.writes) | rule.reads
    return Trace(tuple(sorted(source for source in positions if source < file_columns)), tuple(reversed(rules_on_path)))
