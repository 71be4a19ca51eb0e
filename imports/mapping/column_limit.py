"""How many columns a table can have."""

from __future__ import annotations

from collections.abc import Sequence

from imports.mapping.request import MappingRequest
from imports.table_description import MAX_COLUMNS, too_many_columns


def refuse_too_wide(header: Sequence[str], request: MappingRequest) -> None:
    """Raise MappingDoesNotFit for more columns than any table has, before a file is read for nothing."""
    if len(header) > MAX_COLUMNS and request.mappings is None and request.strategy != "adapt_data":
        raise too_many_columns()
