"""The mapping that files with the same header were imported with before: what a person would choose again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from core.errors import AtlasError
from core.messages import message_of
from imports.column_types.date_formats import date_order
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.identifiers import header_hash, source_names
from imports.mapping import MappingRequest, parse_mapping
from imports.models import ImportHistory
from imports.planning.messages import AMBIGUOUS_DATE_ORDER
from imports.text_batches import FileInfo

#: What a plan took over from its request as it was, and what it resolved; a new request can take both.
TAKEN_OVER = ("rules", "unique_columns", "check_duplicates", "on_error", "max_errors")
#: How values are read. How the file is read is found anew: the header shows that it was found alike.
VALUE_OPTIONS = {"decimal", "thousands", "date_order", "null_tokens"}


def earlier_import(file_info: FileInfo) -> ImportHistory | None:
    """The last import that stands of a file with this header; None for a header that no file has."""
    if not file_info.header or file_info.options.get("header_row") == 0:
        return None
    active = ImportHistory.objects.active().filter(header_hash=header_hash(file_info.header))
    return active.order_by("-import_order").first()


def repeated_request(earlier: ImportHistory, request: MappingRequest) -> MappingRequest | None:
    """The earlier import's mapping with the source options of now; None where it cannot be asked for any more."""
    config: Mapping[str, Any] = earlier.mapping_config or {}
    headers = source_names(config["header"])
    options = _order_found(earlier) | _value_options(config["source_options"])
    try:
        return parse_mapping({
            **{key: config[key] for key in TAKEN_OVER if key in config},
            "table_name": earlier.table_name,
            "mappings": {one["name"]: _source(one, headers) for one in config["columns"]},
            "db_schema": {one["name"]: one["sql_type"] for one in config["columns"]},
            "source_options": {**options, **request.source_options},
        })  # fmt: skip
    except AtlasError:
        return None


def _value_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that somebody set: a plan names the usual null tokens too."""
    found = {key: options[key] for key in VALUE_OPTIONS & options.keys()}
    if tuple(found.get("null_tokens", ())) == DEFAULT_NULL_TOKENS:
        del found["null_tokens"]
    return found


def _order_found(earlier: ImportHistory) -> dict[str, str]:
    """The order of day and month, where the earlier file showed one; not where one was only taken, with a warning."""
    ambiguous = _ambiguous_columns(earlier)
    columns = [one for one in (earlier.mapping_config or {})["columns"] if one["name"] not in ambiguous]
    orders = {date_order(one.get("source_format", "")) for one in columns} - {""}
    if earlier.warning_details is None:
        # An older version did not keep which order was only taken. The order of the settings may have been.
        orders -= {settings.ATLAS_DATE_ORDER}
    return {"date_order": orders.pop()} if len(orders) == 1 else {}


def _ambiguous_columns(earlier: ImportHistory) -> set[str]:
    """The columns whose order of day and month was taken with a warning."""
    warnings = map(message_of, earlier.warning_details or ())
    return {one.params["column"] for one in warnings if one.code == AMBIGUOUS_DATE_ORDER.code}


def _source(column: Mapping[str, Any], headers: Sequence[str]) -> str:
    """What names the column in a mapping; behind the file's own stand those that rules made."""
    at = column["source"]
    return headers[at] if at < len(headers) else str(column["header"])
