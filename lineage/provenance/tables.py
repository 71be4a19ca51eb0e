"""Which tables there are, and which imports brought their rows. Read only."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, QuerySet, Sum
from django.db.models.functions import Coalesce

from imports.models import ACTIVE, LOADED, ImportHistory
from imports.tables.catalog import data_tables, describe
from imports.tables.queries.selection import refuse_nul


def imports_of_table(table_name: str, *, include_undone: bool = False) -> QuerySet[ImportHistory]:
    """The imports whose rows the table holds, newest first, and on request those that were taken back.

    Raises UnknownTable where there is neither such a table nor an import into one, ReservedTable, UntrackedTable.
    """
    refuse_nul(table_name)
    history = ImportHistory.objects.filter(table_name=table_name)
    if not history.filter(LOADED).exists():
        describe(table_name)
    return history.filter(LOADED if include_undone else ACTIVE)


def table_lineage(table_name: str) -> dict[str, int]:
    """How many imports stand in a table, and how many rows they brought."""
    return (
        ImportHistory.objects.active()
        .filter(table_name=table_name)
        .aggregate(total_imports=Count("pk"), total_rows_contributed=Coalesce(Sum("rows_inserted"), 0))
    )


def tables() -> list[dict[str, Any]]:
    """Every data table with what its standing imports brought, by name."""
    standing = ImportHistory.objects.active().order_by().values("table_name")
    found = standing.annotate(
        total_imports=Count("pk"),
        total_rows_contributed=Coalesce(Sum("rows_inserted"), 0),
        last_import_at=Max("import_timestamp"),
    )
    brought = {row["table_name"]: row for row in found}
    nothing = {"total_imports": 0, "total_rows_contributed": 0, "last_import_at": None}
    return [{"table_name": name, **brought.get(name, nothing)} for name in data_tables()]
