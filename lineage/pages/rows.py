"""The page of one row: the source of each value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from core.web.pages import page
from imports.column_types.correction_kinds import CorrectionKind
from imports.conversion.stored_plan import columns_of, has_plan
from imports.labels import code_in_words
from imports.mapping.wording import correction_in_words
from imports.models import Repair
from imports.permissions import ADD, VIEW
from imports.sources.kept_files import is_kept
from lineage.pages.repairs import shown_repairs
from lineage.pages.table_cells import value_text
from lineage.provenance.rows import RowLineage, Step, ValueLineage, row_lineage

MAX_BYTES_READ_AT_ONCE = 2 * 1024**2  # larger files are read only on request
MAX_REPAIRS = 20  # of a row that are listed


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
        "values": [(cell, value_text(cell.value), steps(cell), correct_url(request, cell)) for cell in lineage.cells],
        "repairs": shown_repairs(_repairs(lineage)),
        "more_updates": lineage.history.count - len(lineage.history.versions),
        "more_duplicates": lineage.duplicates_count - len(lineage.duplicates),
        "section": "tables",
    }
    return render(request, "lineage/row.html", context)


def correct_url(request: HttpRequest, cell: ValueLineage) -> str:
    """Return the address of the page that corrects a value; empty where the user may not, or its import cannot."""
    record = cell.written_by
    if not (
        request.user.has_perm(ADD) and record.is_active and cell.written_record and has_plan(record.mapping_config)
    ):
        return ""
    if not any(column.name == cell.column for column in columns_of(record.mapping_config or {})):
        return ""
    return (
        f"{reverse('lineage:repair_row', args=[record.pk, cell.written_record])}?{urlencode({'column': cell.column})}"
    )


def _repairs(row: RowLineage) -> QuerySet[Repair]:
    """Return the latest repairs of the records that wrote the row."""
    writers = {(cell.written_by.pk, cell.written_record) for cell in row.cells}
    writers.add((row.inserted_by.pk, row.inserted_record))
    of_records = [Q(import_record=import_id, record_number=number) for import_id, number in writers if number]
    repairs = Repair.objects.filter(reduce(or_, of_records)) if of_records else Repair.objects.none()
    return repairs.select_related("import_record").defer("import_record__mapping_config")[:MAX_REPAIRS]


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
