"""The lineage of a file: the tables that it was imported into, and its imports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import Coalesce

from imports.errors import UnknownFile
from imports.models import ACTIVE, ImportHistory
from lineage.provenance import messages

SHA256 = re.compile("[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class FileLineage:
    """A file, identified by its content, and its imports."""

    sha256: str
    file_name: str | None  # of its latest import
    file_size_bytes: int | None
    file_type: str | None
    tables: list[dict[str, Any]]  # by name: number of imports, of active ones, and the rows imported by these
    imports: QuerySet[ImportHistory]  # newest first, including failed and undone


def imports_of_file(sha256: str) -> QuerySet[ImportHistory]:
    """Return the imports of a file, newest first, at least one. Raises UnknownFile."""
    records = ImportHistory.objects.filter(file_hash=sha256.lower()).defer("mapping_config")
    if not SHA256.fullmatch(sha256) or not records.exists():
        raise UnknownFile(messages.FILE_NEVER_IMPORTED(), sha256=sha256[:64])
    return records


def file_lineage(sha256: str) -> FileLineage:
    """Raises UnknownFile."""
    imports = imports_of_file(sha256)
    newest = imports[0]
    return FileLineage(
        newest.file_hash or "", newest.file_name, newest.file_size_bytes, newest.file_type, _tables(imports), imports
    )


def _tables(imports: QuerySet[ImportHistory]) -> list[dict[str, Any]]:
    tables = imports.order_by().values("table_name").annotate(
        total_imports=Count("pk"),
        imports_standing=Count("pk", filter=ACTIVE),
        total_rows_contributed=Coalesce(Sum("rows_inserted", filter=ACTIVE), 0),
        last_import_at=Max("import_timestamp"),
    )  # fmt: skip
    return [dict(table) for table in tables.order_by("table_name")]
