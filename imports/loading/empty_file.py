"""A file without a record and without a header: its columns are those that the mapping or the table has."""

from __future__ import annotations

from imports.errors import UnreadableFile
from imports.mapping import MappingRequest
from imports.readers import messages
from imports.tables.catalog import describe_if_there


def known_columns(request: MappingRequest, table_name: str) -> list[str]:
    """Return the columns of a file that was read to its end and has none itself.

    Raises UnreadableFile where none are known, so that no table could be made.
    """
    header = _mapped(request)
    if request.mappings is None and (table := describe_if_there(table_name)):
        header += [column.name for column in table.columns]
    if not header:
        raise UnreadableFile(messages.NO_RECORDS())
    return header


def _mapped(request: MappingRequest) -> list[str]:
    """Return the columns of the file that the mapping names."""
    made = {target for rule in request.transformations for target in rule.targets if target not in rule.fields}
    read = [name for rule in request.transformations for name in rule.fields]
    read += [condition.field for condition in request.filter_rows]
    return [name for name in [*(request.mappings or {}).values(), *read] if name not in made]
