"""The mapping of an earlier import of a file with the same header, proposed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import AtlasError
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.conversion.stored_plan import on_match_of
from imports.identifiers import cut_header, header_hash, source_names
from imports.mapping import MappingRequest, parse_mapping
from imports.models import ImportHistory
from imports.text_batches import FileInfo

#: Keys of a plan that a new request can reuse.
REUSED_KEYS = ("rules", "unique_columns", "on_error", "max_errors")
#: Options of how values are read. How the file is read is detected again: the same header shows the same result.
VALUE_OPTIONS = {"decimal", "thousands", "date_order", "pivot_year", "null_tokens"}


def earlier_import(file_info: FileInfo) -> ImportHistory | None:
    """Return the latest active import of a file with this header; None for a file without a header."""
    if not file_info.header or file_info.options.get("header_row") == 0:
        return None
    active = ImportHistory.objects.active().filter(header_hash=header_hash(file_info.header))
    return active.order_by("-import_order").first()


def repeated_request(earlier: ImportHistory, request: MappingRequest) -> MappingRequest | None:
    """Return the earlier import's mapping with the current source options; None if it is no longer valid.

    What its values showed (an order of dates, separators) is evidence for the new plan, not asked for: it would be
    obeyed.
    """
    config: Mapping[str, Any] = earlier.mapping_config or {}
    headers = source_names(cut_header(config["header"]))
    options = _value_options(config["source_options"])
    try:
        return parse_mapping({
            **{key: config[key] for key in REUSED_KEYS if key in config},
            "duplicate_check": {"on_match": str(on_match_of(config))},
            "table_name": earlier.table_name,
            "mappings": {column["name"]: _source(column, headers) for column in config["columns"]},
            "db_schema": {column["name"]: column["sql_type"] for column in config["columns"]},
            "source_options": {**options, **request.source_options},
        })  # fmt: skip
    except AtlasError:
        return None


def _value_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that the user set: a plan has the default null tokens too."""
    chosen = {key: options[key] for key in VALUE_OPTIONS & options.keys()}
    if tuple(chosen.get("null_tokens", ())) == DEFAULT_NULL_TOKENS:
        del chosen["null_tokens"]
    return chosen


def _source(column: Mapping[str, Any], headers: Sequence[str]) -> str:
    """Return the column's name in a mapping. Columns of transformations come after those of the file."""
    position = column["source"]
    return headers[position] if position < len(headers) else str(column["header"])
