"""Which of a mapping's rules a column went through, and what each made of one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from imports.identifiers import column_position
from imports.inference.apply_rules import Transformation
from imports.mapping.parse_rules import transformations_of
from imports.mapping.wording import rules_in_words
from imports.text_batches import TextBatch

Cells = Sequence[str | None]


@dataclass(frozen=True)
class TracedRule:
    """One of rules.transformations. Positions count the file's columns first, then those that rules made."""

    number: int  # its place among them, from 0
    given: Mapping[str, Any]
    in_words: str
    names: tuple[str, ...]  # of all positions, once it has run
    reads: frozenset[int]
    writes: frozenset[int]
    transformation: Transformation  # of this rule alone

    def of(self, cells: Cells) -> list[str | None]:
        """What it makes of a record as the rules before it left it."""
        columns = [pa.array([cell], pa.string()) for cell in cells]
        batch = TextBatch(columns, 1, pa.array([0], pa.int64()))
        return [column[0].as_py() for column in self.transformation.of(batch).columns]


@dataclass(frozen=True)
class Trace:
    """The way to one column."""

    sources: tuple[int, ...]  # positions in the file that it comes from
    rules: tuple[TracedRule, ...]  # those on the way, in their order


def traced_rules(config: Mapping[str, Any]) -> list[TracedRule]:
    """The rules of a plan, in their order."""
    names = list(config.get("header") or [])
    given = (config.get("rules") or {}).get("transformations") or []
    traced = []
    for number, (one, rule) in enumerate(zip(given, transformations_of(given), strict=True)):
        found = (column_position(name, names) for name in rule.fields)
        reads = frozenset(position for position in found if position is not None)
        transformation = Transformation(names, [rule], ())
        names = transformation.names
        writes = frozenset(transformation.changed)
        [said] = rules_in_words({"rules": {"transformations": [one]}})
        traced.append(TracedRule(number, one, said, tuple(names), reads, writes, transformation))
    return traced


def trace(position: int, rules: Sequence[TracedRule], own: int) -> Trace:
    """From the column back to the file. own: how many columns the file has."""
    wanted, passed = {position}, []
    for rule in reversed(rules):
        if wanted & rule.writes:
            passed.append(rule)
            wanted = (wanted - rule.writes) | rule.reads
    return Trace(tuple(sorted(one for one in wanted if one < own)), tuple(reversed(passed)))
