"""How the latest import of a table read its file."""

from __future__ import annotations

from django.db.models import F

from imports.locks import read_without_keeping_locks
from imports.models import ImportHistory
from imports.table_description import LastReading


def last_reading(table_name: str) -> LastReading | None:
    """Return None where the table has no active import by the product itself."""
    active = ImportHistory.objects.active().filter(table_name=table_name, mapping_config__has_key="header")
    with read_without_keeping_locks():  # an undo that drops a table locks the history
        latest = active.order_by(F("import_order").desc(nulls_last=True)).only("file_type", "mapping_config").first()
    if latest is None or latest.mapping_config is None:
        return None
    config = latest.mapping_config
    return LastReading(latest.file_type or "", config.get("source_options") or {}, tuple(config["header"]))
