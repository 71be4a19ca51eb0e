"""The mapping of an earlier import of a file with the same header, proposed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import AtlasError, BadRequest
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.conversion.stored_plan import on_match_of
from imports.identifiers import cut_header, header_hash, source_names
from imports.mapping import MappingRequest, parse_mapping
from imports.models import ImportHistory
from imports.readers.formats import BY_NAME
from imports.saved_mappings import messages
from imports.saved_mappings.store import Draft
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
    """Return the earlier import's mapping with the current source options; None if it is no longer valid."""
    mapping = mapping_of(earlier)
    try:
        return parse_mapping({
            **mapping, "source_options": {**mapping["source_options"], **request.source_options}
        })  # fmt: skip
    except AtlasError:
        return None


def mapping_of(earlier: ImportHistory) -> dict[str, Any]:
    """Return the mapping of an import with its plan, for other files.

    What its values showed (an order of dates, separators) is evidence for the new plan, not asked for: it would be
    obeyed.
    """
    config: Mapping[str, Any] = earlier.mapping_config or {}
    headers = source_names(cut_header(config["header"]))
    return {
        **{key: config[key] for key in REUSED_KEYS if key in config},
        "duplicate_check": {"on_match": str(on_match_of(config))},
        "table_name": earlier.table_name,
        "mappings": {column["name"]: _source(column, headers) for column in config["columns"]},
        "db_schema": {column["name"]: column["sql_type"] for column in config["columns"]},
        "source_options": _value_options(config["source_options"]),
    }


def mapping_to_save(record: ImportHistory) -> Draft:
    """Return the mapping of an import, to be saved for other files of its kind. Raises BadRequest."""
    if not has_mapping_to_save(record):
        raise BadRequest(messages.NO_MAPPING_OF_IMPORT(), parameter="import_id")
    config: Mapping[str, Any] = record.mapping_config or {}
    mapping, found = mapping_of(record), config["source_options"]
    # The name of a sheet often is that of a month: which sheet is read is found out again.
    names = set(BY_NAME[record.file_type].proposed) - {"sheet"} if record.file_type in BY_NAME else set()
    options = {name: found[name] for name in names & found.keys()}
    return Draft({**mapping, "source_options": {**options, **mapping["source_options"]}}, config["header"])


def has_mapping_to_save(record: ImportHistory) -> bool:
    """Return whether the import was planned, by this product."""
    return (record.mapping_config or {}).keys() >= {"header", "columns", "source_options"}


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
