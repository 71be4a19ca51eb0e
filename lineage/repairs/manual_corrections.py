"""The entries of _corrections_applied for cells that a person changed, beside those that the plan made."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.messages import storable
from imports.column_types.correction_kinds import CorrectionKind
from imports.conversion.corrections import after_json
from imports.conversion.json_columns import joined, json_strings, listed, spread
from imports.planning.plan import ImportPlan, PlannedColumn
from lineage.repairs.fitting import canonical, cast_final
from lineage.repairs.known import Entry, Known


def with_manual(corrections: pa.Array, plan: ImportPlan, known: Sequence[Known]) -> pa.Array:
    """Return the corrections with entries for the cells that repairs changed. known: the record of each row."""
    members = []
    for column in plan.columns:
        members += _of_values(column, known)
        members += _of_texts(column, known, corrections)
    if not members:
        return corrections
    manual = listed([spread(texts, rows, len(known)) for rows, texts in members])
    is_manual = pc.not_equal(manual, "")
    # Of two entries with one key PostgreSQL keeps the last.
    automatic = pc.utf8_slice_codeunits(corrections, 1, -1)
    own = listed([automatic, manual])
    return pc.if_else(is_manual, joined("{", own, "}"), corrections)


def _of_values(column: PlannedColumn, known: Sequence[Known]) -> list[tuple[list[int], pa.Array]]:
    """Return the rows with a final value of the column, and their entries."""
    rows = [row for row, one in enumerate(known) if column.name in one.values]
    if not rows:
        return []
    texts = pa.array([known[row].values[column.name].text for row in rows], pa.string())
    after = after_json(column, canonical(texts, cast_final(texts, column.sql_type)))
    entries = [known[row].values[column.name] for row in rows]
    return [(rows, _entries(column, known, rows, after, entries, lambda _: ""))]


def _of_texts(column: PlannedColumn, known: Sequence[Known], corrections: pa.Array) -> list[tuple[list[int], pa.Array]]:
    """Return the rows with a changed text of the column, and their entries."""
    rows = [row for row, one in enumerate(known) if column.source in one.texts and column.name not in one.values]
    if not rows:
        return []
    automatic = [_automatic(column, text) for text in corrections.take(pa.array(rows)).to_pylist()]
    entries = [known[row].texts[column.source] for row in rows]
    sent = pa.array([entry.text or None for entry in entries], pa.string())
    after = pc.if_else(
        pa.array([one is not None for one in automatic]),
        pa.array([None if one is None else json.dumps(one["after"], ensure_ascii=False) for one in automatic],
                 pa.string()),
        pc.fill_null(after_json(column, sent), "null"),
    )  # fmt: skip

    def steps(at: int) -> str:
        one = automatic[at]
        if one is None:
            return ""
        first = {
            "before": _before(column, known[rows[at]]), "after": entries[at].text,
            "correction_type": str(CorrectionKind.MANUAL),
        }  # fmt: skip
        return ', "steps": ' + json.dumps([first, *one.get("steps", [one])], ensure_ascii=False)

    return [(rows, _entries(column, known, rows, after, entries, steps))]


def _automatic(column: PlannedColumn, text: str | None) -> dict[str, Any] | None:
    """Return the entry that the plan made of the changed text."""
    return json.loads(text).get(column.name) if text else None


def _entries(
    column: PlannedColumn, known: Sequence[Known], rows: Sequence[int], after: pa.Array, entries: Sequence[Entry],
    steps: Callable[[int], str],
) -> pa.Array:  # fmt: skip
    """Return `"column": {…}` of each."""
    before = pc.fill_null(json_strings(pa.array([_before(column, known[row]) for row in rows], pa.string())), "null")
    told = {pair: _told(*pair) for pair in {(by, reason) for _, by, reason in entries}}
    ends = pa.array([told[by, reason] + steps(at) for at, (_, by, reason) in enumerate(entries)], pa.string())
    return joined(
        f'{json.dumps(column.name)}: {{"before": ', before, ', "after": ', pc.fill_null(after, "null"),
        f', "correction_type": "{CorrectionKind.MANUAL}"', ends, "}",
    )  # fmt: skip


def _told(by: str, reason: str | None) -> str:
    told = {"by": by, **({"reason": reason} if reason else {})}
    return ", " + json.dumps(told, ensure_ascii=False)[1:-1]


def _before(column: PlannedColumn, one: Known) -> str | None:
    """Return what the file has for the cell, as far as the database can hold it; an empty text is nothing."""
    text: str | None = storable(one.cells[column.source]) if column.source < len(one.cells) else None
    return text or None
