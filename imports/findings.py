"""What a look at a file found, as JSON holds it: the answer of /detect-mapping and what the upload page shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from imports.column_types import cast_column
from imports.doubts import doubt_of
from imports.mapping import MappingRequest
from imports.mapping_json import UNSTORABLE, as_object
from imports.models import ImportHistory
from imports.plan import ImportPlan, PlannedColumn
from imports.profile import ColumnProfile
from imports.readers import Understood
from imports.sources import SourceFile
from imports.tables.description import TableDescription
from imports.tables.schema import data_tables, describe


@dataclass(frozen=True)
class Look:
    """A file and what an import of it would be."""

    source: SourceFile
    request: MappingRequest  # what was asked for, or what an earlier import of such a file was asked for
    earlier: ImportHistory | None  # that one
    understood: Understood
    profiles: list[ColumnProfile]
    plan: ImportPlan
    everything: ImportPlan  # a plan that takes every column
    forecast: dict[str, Any]


def findings_of(look: Look) -> dict[str, Any]:
    """Columns are in the file's order, those that rules make behind them."""
    plan, understood = look.plan, look.understood
    return _storable({
        "file_name": look.source.name,
        "file_type": understood.file_type,
        "file_size_bytes": look.source.size,
        "file_hash": look.source.sha256,
        "source_options": dict(understood.options),
        "choices": dict(understood.choices),
        "rows": look.forecast["rows"],
        "table_name": plan.table_name,
        "columns": list(_columns(look)),
        "strategy": plan.strategy,
        "strategy_reason": plan.strategy_reason,
        "warnings": [*understood.warnings, *plan.warnings],
        "mapping": _proposed(plan, look.request),
        "remembered": _remembered(look.earlier),
        "tables": _fitting_tables({one.name for one in plan.columns}),
        "forecast": look.forecast,
    })  # fmt: skip


def _storable(value: Any) -> Any:
    """The same with U+FFFD for what no JSONB can hold: NUL, and bytes that could not be decoded."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_storable(key): _storable(one) for key, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value


def _columns(look: Look) -> Iterator[dict[str, Any]]:
    """Every column of the file and of the rules, in their order: those that the plan takes and those it leaves."""
    keys = look.plan.unique_columns
    taken = {one.source for one in look.plan.columns}
    left = [one for one in look.everything.columns if one.source not in taken]
    for one in sorted([*look.plan.columns, *left], key=lambda one: one.source):
        yield _column(one, look) | {"take": one.source in taken, "key": one.name in keys}


def _column(planned: PlannedColumn, look: Look) -> dict[str, Any]:
    profile = look.profiles[planned.source]
    return {
        "header": planned.header,
        "name": planned.name,
        "sql_type": planned.sql_type.sql,
        "type_given": not planned.inferred,
        **planned.reading.as_config(),
        "evidence": profile.evidence(),
        "values": profile.values,
        "null_tokens": profile.null_tokens,
        "first_values": list(profile.first_values),
        "first_values_after": _after(planned, profile, look.plan.null_tokens),
        "doubt": doubt_of(planned, look.profiles, look.request),
    }


def _after(planned: PlannedColumn, profile: ColumnProfile, null_tokens: tuple[str, ...]) -> list[str | None]:
    """The first values as the table would hold them; null where the cell would be empty."""
    texts = pa.array(profile.first_values, pa.string())
    cast = cast_column(texts, planned.sql_type, planned.reading, null_tokens)
    after: list[str | None] = texts.to_pylist()
    for position in [] if cast.failed is None else cast.failed.to_pylist():
        after[position] = None
    if cast.change:
        tidy = planned.sql_type.tidy(cast.change.after)
        for position, value in zip(cast.change.rows.to_pylist(), tidy.to_pylist(), strict=True):
            after[position] = value
    return after


def _proposed(plan: ImportPlan, request: MappingRequest) -> dict[str, Any]:
    """A mapping that imports the file as it was understood, for a person to change."""
    return {
        "table_name": plan.table_name,
        "mappings": {one.name: one.header for one in plan.columns},
        "db_schema": {one.name: one.sql_type.sql for one in plan.columns},
        "rules": as_object(request.as_given.get("rules"), "rules"),
        "unique_columns": list(plan.unique_columns),
        "check_duplicates": plan.check_duplicates,
        "on_error": str(plan.on_error),
        **{key: request.as_given[key] for key in ("max_errors",) if key in request.as_given},
        "strategy": "auto",
        "source_options": dict(request.source_options),
    }


def _remembered(earlier: ImportHistory | None) -> dict[str, Any] | None:
    if earlier is None or earlier.import_timestamp is None:
        return None
    return {
        "import_id": str(earlier.pk),
        "file_name": earlier.file_name,
        "table_name": earlier.table_name,
        "import_timestamp": f"{earlier.import_timestamp:%Y-%m-%dT%H:%M:%SZ}",
    }


def _fitting_tables(names: set[str]) -> list[dict[str, Any]]:
    """Tables that have at least half of the file's columns, the best first."""
    found = [(table, _shared(table, names)) for table in map(describe, data_tables())]
    fitting = [(table, shared) for table, shared in found if names and shared * 2 >= len(names)]
    fitting.sort(key=lambda pair: -pair[1])
    return [
        {"table_name": table.name, "columns_shared": shared, "columns": len(table.columns)}
        for table, shared in fitting
    ]  # fmt: skip


def _shared(table: TableDescription, names: set[str]) -> int:
    return sum(column.name in names for column in table.columns)
