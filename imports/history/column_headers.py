"""The headers that files had for the columns of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from imports.locks import read_without_keeping_locks
from imports.models import ImportHistory
from imports.table_description import EarlierImport, TableDescription

MAX_IMPORTS = 10  # that are read: the cost must not grow with the history


def with_headers(table: TableDescription | None) -> TableDescription | None:
    """Return the table with the headers that its latest active imports had for its columns; the latest one wins."""
    if table is None:
        return None
    active = ImportHistory.objects.active().filter(table_name=table.name).order_by("-import_timestamp", "-import_id")
    headers: dict[str, str] = {}
    with read_without_keeping_locks():  # an undo that drops a table locks the history
        stored = list(active.values_list("mapping_config", "warning_details")[:MAX_IMPORTS])
    earlier = tuple(EarlierImport(config or {}, warnings) for config, warnings in stored)
    for one in reversed(earlier):
        headers |= _headers_of(one.config)
    existing = {column.name for column in table.columns}
    known = {header: name for header, name in headers.items() if name in existing}
    return replace(table, headers=known, earlier=earlier)


def _headers_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Return header -> column of one plan, without headers that occur more than once in the file."""
    columns = config.get("columns")
    if not isinstance(columns, list):
        return {}  # an import by a caller's own code
    times = Counter(config.get("header") or ())
    named = ((column["header"], column["name"]) for column in columns)
    return {header: name for header, name in named if header and times[header] == 1}
