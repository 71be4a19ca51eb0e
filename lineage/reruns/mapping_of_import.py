"""The mapping of an import as a request: what a rerun begins with."""

from __future__ import annotations

from typing import Any

from core.errors import AtlasError
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.conversion.stored_plan import has_plan, on_match_of
from imports.identifiers import cut_header, source_names
from imports.mapping import MappingRequest, parse_mapping
from imports.mapping.request import KEYS
from imports.models import ImportHistory

_SAME = ("rules", "unique_columns", "on_error", "max_errors")


def mapping_of_import(record: ImportHistory) -> MappingRequest:
    """Return the mapping by which the import's file was read; what was asked for, where the import made no plan."""
    config: dict[str, Any] = record.mapping_config or {}
    try:
        return parse_mapping(_planned(record, config) if has_plan(config) else config)
    except AtlasError:  # a mapping of an earlier version, or what made the import fail
        return parse_mapping({"table_name": record.table_name})


def _planned(record: ImportHistory, config: dict[str, Any]) -> dict[str, Any]:
    names = source_names(cut_header(config["header"]))
    columns = config["columns"]
    options = {key: value for key, value in config["source_options"].items() if key in KEYS["source_options"]}
    if tuple(options.get("null_tokens", ())) == DEFAULT_NULL_TOKENS:
        del options["null_tokens"]
    return {
        **{key: config[key] for key in _SAME if key in config},
        "duplicate_check": {"on_match": str(on_match_of(config))},
        "table_name": record.table_name,
        "mappings": {
            column["name"]: names[column["source"]] if column["source"] < len(names) else str(column["header"])
            for column in columns
        },
        "db_schema": {column["name"]: column["sql_type"] for column in columns},
        "source_options": options,
    }
