"""The page of one row: the source of each value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from core.web.pages import page
from imports.column_types.correction_kinds import CorrectionKind
from imports.labels import code_in_words
from imports.mapping.wording import correction_in_words
from imports.permissions import VIEW
from imports.sources.kept_files import is_kept
from lineage.pages.table_cells import value_text
from lineage.provenance.rows import Step, ValueLineage, row_lineage

MAX_BYTES_READ_AT_ONCE = 2 * 1024**2  # larger files are read only on request


@dataclass(frozen=True)
class ShownStep:
    """A conversion step in words, with the value before and after it."""

    label: str
    before: str | None
    after: str | None


@require_safe
@page(VIEW)
def row(request: HttpRequest, name: str, row_id: str) -> HttpResponse:
    lineage = row_lineage(name, row_id, largest_file=math.inf if "original" in request.GET else MAX_BYTES_READ_AT_ONCE)
    record = lineage.import_record
    context = {
        "name": name,
        "row": lineage,
        "import": record,
        "inserted_at": parse_datetime(lineage.imported_at or ""),
        "is_kept": record.file_hash is not None and is_kept(record.file_hash),
        "values": [(cell, value_text(cell.value), steps(cell)) for cell in lineage.cells],
        "more_updates": lineage.history.count - len(lineage.history.versions),
        "more_duplicates": lineage.duplicates_count - len(lineage.duplicates),
        "section": "tables",
    }
    return render(request, "lineage/row.html", context)


def steps(cell: ValueLineage) -> list[ShownStep]:
    return [ShownStep(_display_text(step), _step_text(step.before), _step_text(step.after)) for step in cell.steps]


def _display_text(step: Step) -> str:
    """Return a step in words; rules of the mapping describe themselves."""
    if isinstance(step.before, dict) or step.step not in CorrectionKind.values:
        return step.detail or code_in_words(step.step)
    return correction_in_words(step.step, step.detail)


def _step_text(value: Any) -> str | None:
    """Return the value of a step as text; several columns of a rule with their names."""
    if not isinstance(value, dict):
        return value_text(value)
    if len(value) == 1:
        return value_text(*value.values())
    return ", ".join(f"{name}: {value_text(text) or '–'}" for name, text in value.items()) or None
