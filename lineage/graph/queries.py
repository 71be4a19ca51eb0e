"""Queries of the import history for the lineage graph: the imports at a time, and groups of them.

No query fetches more than `limit` + 1 rows, however long the history is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
    UUIDField,
    Value,
    When,
)  # fmt: skip
from django.db.models.functions import Cast, Coalesce, TruncDate

from audit.models import AuditEntry
from imports.models import ACTIVE, ImportHistory, ImportStatus
from imports.tables.catalog import describe
from imports.tables.queries.selection import refuse_nul
from lineage.graph.graph import (
    Graph,
    Grouping,
    ImportGroup,
    build_graph,
)
from lineage.provenance.files import imports_of_file

PROBED_IMPORTS = 500  # the newest imports, to detect early that a grouping is too fine
NODES_OF_A_GROUP = 3  # at most: file, import, table


@dataclass(frozen=True)
class GraphQuery:
    """Filters of the graph; without any, the whole history."""

    limit: int  # nodes, at least 10; beyond it imports are grouped
    table: str = ""
    file: str = ""  # SHA-256, lower case
    user: str = ""  # import_history.user_id
    as_of: datetime | None = None  # None: now
    include_undone: bool = False


def read_graph(query: GraphQuery) -> Graph:
    """Return the graph with the finest grouping within the limit.

    Raises UnknownTable, ReservedTable, UntrackedTable, UnknownFile.
    """
    _refuse_unknown(query)
    imports = _done_imports(query)
    groups: list[ImportGroup] = []
    for grouping in Grouping:
        if _is_too_fine(imports, grouping, query.limit):
            continue
        groups = _groups_by(imports, grouping, query.limit)
        graph = build_graph(groups, grouping, table=query.table)
        if len(groups) <= query.limit and len(graph.nodes) <= query.limit:
            return graph
    return _largest(groups, imports.count(), query)


def _largest(groups: list[ImportGroup], imports: int, query: GraphQuery) -> Graph:
    """Return as many tables as fit, those with the most imports first. imports: the total."""
    largest = groups[: (query.limit - 1) // NODES_OF_A_GROUP]
    graph = build_graph(largest, Grouping.TABLE, table=query.table)
    return replace(graph, imports_left_out=imports - graph.imports)


def _refuse_unknown(query: GraphQuery) -> None:
    if query.table:
        refuse_nul(query.table)
        if not ImportHistory.objects.filter(table_name=query.table).exists():
            describe(query.table)
    if query.file:
        imports_of_file(query.file)


def _done_imports(query: GraphQuery) -> QuerySet[ImportHistory]:
    """Return the imports that had finished at the time, each with whether it was undone then."""
    imports = ImportHistory.objects.exclude(status=ImportStatus.IN_PROGRESS).order_by()
    filters = {"table_name": query.table, "file_hash": query.file, "user_id": query.user}
    imports = imports.filter(**{column: value for column, value in filters.items() if value})
    if query.as_of:
        imports = imports.alias(done_at=_done_at()).filter(import_timestamp__lte=query.as_of, done_at__lte=query.as_of)
    imports = imports.annotate(undone=Case(When(_undone(query.as_of), then=True), default=False))
    return imports if query.include_undone else imports.filter(undone=False)


def _done_at() -> Coalesce:
    """Return when an import finished: at the end of its mapping, or at its start plus its duration."""
    duration = ExpressionWrapper(Coalesce("duration_seconds", Value(0)) * Value(timedelta(seconds=1)), DurationField())
    return Coalesce("mapping_completed_at", ExpressionWrapper(F("import_timestamp") + duration, DateTimeField()))


def _undone(as_of: datetime | None) -> Q:
    """Return whether an import was undone at the time: undone before and not redone, or redone as the next action."""
    if as_of is None:
        return Q(undone_at__isnull=False)
    later_entries = AuditEntry.objects.filter(action__in=["import.undone", "import.redone"], happened_at__gt=as_of)
    next_actions = later_entries.order_by("subject", "id").distinct("subject").values("pk")
    redone = AuditEntry.objects.filter(pk__in=next_actions, action="import.redone").order_by()
    return Q(undone_at__lte=as_of) | Q(pk__in=redone.values_list(Cast("subject", UUIDField())))


def _is_too_fine(imports: QuerySet[Any], grouping: Grouping, limit: int) -> bool:
    """Return whether the newest imports alone are more groups than the limit, without counting all others."""
    if grouping in (Grouping.IMPORT, Grouping.TABLE):
        return False
    newest = imports.order_by("-import_timestamp")[:PROBED_IMPORTS].values("pk")
    return len(_group_keys(imports.filter(pk__in=newest), grouping).distinct()[: limit + 1]) > limit


def _group_keys(imports: QuerySet[Any], grouping: Grouping) -> QuerySet[Any, Any]:
    return imports.annotate(in_common=IN_COMMON[grouping]).values("table_name", "status", "undone", "in_common")


def _groups_by(imports: QuerySet[Any], grouping: Grouping, limit: int) -> list[ImportGroup]:
    rows = _single_imports(imports) if grouping == Grouping.IMPORT else _grouped_imports(imports, grouping)
    return [_import_group(row) for row in rows[: limit + 1]]


def _single_imports(imports: QuerySet[Any]) -> QuerySet[Any, Any]:
    return imports.order_by("-import_timestamp", "-import_id").values(
        "table_name", "status", "undone",
        imports=Value(1), an_import_id=F("import_id"), with_file=Case(When(file_hash=None, then=0), default=1),
        first_hash=F("file_hash"), last_hash=F("file_hash"), last_name=F("file_name"),
        in_common=Value(None, CharField()), rows=Coalesce("rows_inserted", 0), updated=F("rows_updated"),
        first_at=F("import_timestamp"), last_at=F("import_timestamp"),
        active_imports=Case(When(ACTIVE, then=1), default=0),
    )  # fmt: skip


def _grouped_imports(imports: QuerySet[Any], grouping: Grouping) -> QuerySet[Any, Any]:
    """Return groups, the newest first; when grouped by table, those with the most imports first."""
    order = "-imports" if grouping == Grouping.TABLE else "-last_at"
    return _group_keys(imports, grouping).annotate(
        imports=Count("pk"), an_import_id=Max(Cast("import_id", CharField())), with_file=Count("file_hash"),
        first_hash=Min("file_hash"), last_hash=Max("file_hash"), last_name=Max("file_name"),
        rows=Coalesce(Sum("rows_inserted"), 0), updated=Sum("rows_updated"),
        first_at=Min("import_timestamp"), last_at=Max("import_timestamp"),
        active_imports=Count("pk", filter=ACTIVE),
    ).order_by(order, "table_name", "status", "undone", "in_common")  # fmt: skip


IN_COMMON = {
    Grouping.FILE_NAME: F("file_pattern"),
    Grouping.DAY: Cast(TruncDate("import_timestamp"), CharField()),
    Grouping.TABLE: Value(None, CharField()),
}


def _import_group(row: dict[str, Any]) -> ImportGroup:
    one_file = row["with_file"] == row["imports"] and row["first_hash"] == row["last_hash"]
    return ImportGroup(
        imports=row["imports"],
        import_id=str(row["an_import_id"]),
        with_file=row["with_file"],
        file_hash=row["first_hash"] if one_file else None,
        file_name=row["last_name"],
        in_common=row["in_common"],
        table_name=row["table_name"],
        status=row["status"],
        undone=row["undone"],
        rows_inserted=row["rows"],
        rows_updated=row["updated"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        is_active=row["active_imports"] > 0,
    )
