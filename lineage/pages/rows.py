"""The page of one row: where it came from, value by value."""

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
from lineage.pages.table_cells import in_text
from lineage.provenance.rows import Step, ValueLineage, row_lineage

READ_AT_ONCE = 2 * 1024**2  # bytes of a file that is read without being asked for


@dataclass(frozen=True)
class ShownStep:
    """A step in words, with what it made of what."""

    said: str
    before: str | None
    after: str | None


@require_safe
@page(VIEW)
def row(request: HttpRequest, name: str, row_id: str) -> HttpResponse:
    found = row_lineage(name, row_id, largest_file=math.inf if "original" in request.GET else READ_AT_ONCE)
    record = found.import_record
    context = {
        "name": name,
        "row": found,
        "import": record,
        "inserted_at": parse_datetime(found.imported_at or ""),
        "is_kept": record.file_hash is not None and is_kept(record.file_hash),
        "values": [(value, in_text(value.value), steps(value)) for value in found.cells],
        "more_duplicates": found.duplicates_count - len(found.duplicates),
        "section": "tables",
    }
    return render(request, "lineage/row.html", context)


def steps(value: ValueLineage) -> list[ShownStep]:
    return [ShownStep(_display_text(step), _side(step.before), _side(step.after)) for step in value.steps]


def _display_text(step: Step) -> str:
    """A rule says itself what it does."""
    if isinstance(step.before, dict) or step.step not in CorrectionKind.values:
        return step.detail or code_in_words(step.step)
    return correction_in_words(step.step, step.detail)


def _side(side: Any) -> str | None:
    """What a rule read or wrote is named by its columns, where there are several."""
    if not isinstance(side, dict):
        return in_text(side)
    if len(side) == 1:
        return in_text(*side.values())
    return ", ".join(f"{name}: {in_text(text) or '–'}" for name, text in side.items()) or None
