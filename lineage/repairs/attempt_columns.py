"""The attempts of one batch as columns of imports_repair: JSON made column by column."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.messages import storable
from imports.conversion.json_columns import joined, json_strings, listed, spread
from imports.models import RepairResult
from imports.planning.plan import ImportPlan
from lineage.repairs.asked import Attempt, before
from lineage.repairs.known import Known

Errors = list[dict[str, Any]]


@dataclass
class _Cells:
    """Texts of one key of JSON objects, and the objects that have them."""

    rows: list[int] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)


class _Objects:
    """JSON objects of texts, one a row; null where it has no key."""

    def __init__(self) -> None:
        self.by_key: dict[str, _Cells] = {}

    def add(self, row: int, key: str, text: str | None) -> None:
        """Add a text, which may be one of the file, with characters that the database cannot hold."""
        cells = self.by_key.get(key)
        if cells is None:
            cells = self.by_key[key] = _Cells()
        cells.rows.append(row)
        cells.texts.append(storable(text))

    def as_json(self, length: int) -> pa.Array:
        if not self.by_key:
            return pa.nulls(length, pa.string())
        inside = listed([_members(key, cells, length) for key, cells in self.by_key.items()])
        return pc.if_else(pc.equal(inside, ""), pa.scalar(None, pa.string()), joined("{", inside, "}"))


def _members(key: str, cells: _Cells, length: int) -> pa.Array:
    values = pc.fill_null(json_strings(pa.array(cells.texts, pa.string())), "null")
    return spread(joined(f"{json.dumps(key)}: ", values), cells.rows, length)


def attempt_columns(
    plan: ImportPlan, attempts: Sequence[Attempt], taken: Mapping[int, Known],
    results: Mapping[int, RepairResult], errors: Mapping[int, Errors],
) -> dict[str, pa.Array]:  # fmt: skip
    """Return the columns. taken: the records whose changes fit."""
    shown_before, shown_after, values, texts = _Objects(), _Objects(), _Objects(), _Objects()
    source_of = {column.name: column.source for column in plan.columns}
    for row, one in enumerate(attempts):
        proposed = taken.get(one.known.number)
        for name, entry in one.values.items():
            shown_before.add(row, name, before(one.known, name, source_of))
            shown_after.add(row, name, entry.text)
            if proposed:
                values.add(row, name, entry.text)
        for position, entry in one.texts.items():
            shown_before.add(row, plan.header[position], before(one.known, position, source_of))
            shown_after.add(row, plan.header[position], entry.text)
            if proposed and position in proposed.texts:
                texts.add(row, str(position), entry.text)
            elif proposed:  # it was read as ISO, and is kept as the final values that it is
                for column in plan.columns:
                    if column.source == position:
                        values.add(row, column.name, entry.text)
    numbers = [one.known.number for one in attempts]
    length = len(attempts)
    failed = [json.dumps(storable(errors[number])) if number in errors else None for number in numbers]
    return {
        "record_number": pa.array(numbers, pa.int32()),
        "attempt": pa.array([one.known.attempts + 1 for one in attempts], pa.int32()),
        "kind": pa.array([one.kind.value for one in attempts], pa.string()),
        "before": shown_before.as_json(length), "after": shown_after.as_json(length),
        "values": values.as_json(length), "texts": texts.as_json(length),
        "result": pa.array([results[number].value for number in numbers], pa.string()),
        "errors": pa.array(failed, pa.string()),
    }  # fmt: skip
