"""Which headers of files the columns of a table had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from imports.locks import read_without_keeping_locks
from imports.models import ImportHistory
from imports.table_description import TableDescription

LATEST = 10  # imports that are looked at: the cost must not grow with the history


def with_headers(table: TableDescription | None) -> TableDescription | None:
    """The table with the headers that its latest active imports had for its columns; the latest decides."""
    if table is None:
        return None
    active = ImportHistory.objects.active().filter(table_name=table.name).order_by("-import_timestamp", "-import_id")
    headers: dict[str, str] = {}
    with read_without_keeping_locks():  # an undo that drops a table needs the history for itself
        configs = list(active.values_list("mapping_config", flat=True)[:LATEST])
    for config in reversed(configs):
        headers |= _headers_of(config or {})
    existing = {column.name for column in table.columns}
    return replace(table, headers={header: name for header, name in headers.items() if name in existing})


def _headers_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Header -> column of one plan, for the headers that the file had once."""
    columns = config.get("columns")
    if not isinstance(columns, list):
        return {}  # of an import by a caller's own code
    times = Counter(config.get("header") or ())
    return {one["header"]: one["name"] for one in columns if one["header"] and times[one["header"]] == 1}
