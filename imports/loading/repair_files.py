"""Files of failed rows that are sent back as files of their own: they go to their import, never into a table."""

from __future__ import annotations

from typing import Any

from imports.errors import RepairFile
from imports.extraction.extraction import Extraction
from imports.extraction.repair_marks import ERROR_TYPES, ERRORS, IMPORT_ID, LOCATION, RECORD_NUMBER
from imports.loading import messages
from imports.models import ImportHistory

ADDED = (RECORD_NUMBER, LOCATION, ERROR_TYPES, ERRORS, IMPORT_ID)  # columns


def refuse_repair_file(extraction: Extraction) -> None:
    """Raises RepairFile, which names the import, where the file has failed rows; call it after reading a batch."""
    imports = extraction.repaired_imports()
    if imports is None:
        return
    if not imports:
        raise RepairFile(messages.REPAIR_FILE_WITHOUT_IMPORT(column=IMPORT_ID, columns=list(ADDED)))
    record = ImportHistory.objects.filter(pk__in=imports).only("table_name").first()
    if record is None:
        raise RepairFile(messages.REPAIR_FILE_OF_NO_IMPORT(import_id=imports[0], columns=list(ADDED)))
    raise RepairFile(messages.REPAIR_FILE(import_id=str(record.pk), table=record.table_name), **_where(record))


def _where(record: ImportHistory) -> dict[str, Any]:
    return {
        "repaired_import_id": str(record.pk), "table_name": record.table_name, "retry_url": retry_url(record),
    }  # fmt: skip


def retry_url(record: ImportHistory) -> str:
    """Return where the API takes repaired rows of an import."""
    return f"/import-history/{record.pk}/retry"
