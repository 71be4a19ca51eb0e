"""The tables and their imports."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import Coalesce

from imports.models import ACTIVE, LOADED, ImportHistory
from imports.tables.catalog import data_tables, describe
from imports.tables.queries.selection import refuse_nul


def imports_of_table(table_name: str, *, include_undone: bool = False) -> QuerySet[ImportHistory]:
    """Return the active imports of a table, newest first, optionally with the undone ones.

    Raises UnknownTable if there is neither such a table nor an import into it, ReservedTable, UntrackedTable.
    """
    refuse_nul(table_name)
    history = ImportHistory.objects.filter(table_name=table_name)
    if not history.filter(LOADED).exists():
        describe(table_name)
    return history.filter(LOADED if include_undone else ACTIVE)


def table_lineage(table_name: str) -> dict[str, int]:
    """Return the number of active imports of a table, and of the rows that they imported."""
    return (
        ImportHistory.objects.active()
        .filter(table_name=table_name)
        .aggregate(total_imports=Count("pk"), total_rows_contributed=Coalesce(Sum("rows_inserted"), 0))
    )


def tables() -> list[dict[str, Any]]:
    """Return every table by name, with its active imports in numbers."""
    active = ImportHistory.objects.active().order_by().values("table_name")
    totals = active.annotate(
        total_imports=Count("pk"),
        total_rows_contributed=Coalesce(Sum("rows_inserted"), 0),
        last_import_at=Max("import_timestamp"),
    )
    contributions = {row["table_name"]: row for row in totals}
    no_imports = {"total_imports": 0, "total_rows_contributed": 0, "last_import_at": None}
    return [{"table_name": name, **contributions.get(name, no_imports)} for name in data_tables()]
