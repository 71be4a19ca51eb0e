"""What the history says for the graph: which imports there were at a time, and groups of them. Read only.

Nothing here fetches more than `limit` + 1 rows from the database, however long the history is.
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
    build,
)
from lineage.provenance.files import imports_of_file

PROBED = 500  # imports, the newest, that tell early where a grouping is too fine
NODES_OF_A_GROUP = 3  # at most: its file, itself, its table


@dataclass(frozen=True)
class GraphQuery:
    """Which part of the history to draw; all of it without."""

    limit: int  # nodes, from 10; where there would be more, imports are grouped
    table: str = ""
    file: str = ""  # SHA-256, lower case
    user: str = ""  # as import_history.user_id has it
    as_of: datetime | None = None  # now, without
    include_undone: bool = False


def read_graph(asked: GraphQuery) -> Graph:
    """With the finest grouping that fits the limit. Raises UnknownTable, ReservedTable, UntrackedTable, UnknownFile."""
    _refuse_unknown(asked)
    there = _there(asked)
    bundles: list[ImportGroup] = []
    for grouping in Grouping:
        if _is_too_fine(there, grouping, asked.limit):
            continue
        bundles = _bundles(there, grouping, asked.limit)
        graph = build(bundles, grouping, table=asked.table)
        if len(bundles) <= asked.limit and len(graph.nodes) <= asked.limit:
            return graph
    return _largest(bundles, there.count(), asked)


def _largest(bundles: list[ImportGroup], imports: int, asked: GraphQuery) -> Graph:
    """As many tables as fit, those with most imports; imports: all there are."""
    kept = bundles[: (asked.limit - 1) // NODES_OF_A_GROUP]
    graph = build(kept, Grouping.TABLE, table=asked.table)
    return replace(graph, imports_left_out=imports - graph.imports)


def _refuse_unknown(asked: GraphQuery) -> None:
    if asked.table:
        refuse_nul(asked.table)
        if not ImportHistory.objects.filter(table_name=asked.table).exists():
            describe(asked.table)
    if asked.file:
        imports_of_file(asked.file)


def _there(asked: GraphQuery) -> QuerySet[ImportHistory]:
    """The imports that were done at the time, each with whether it was undone then."""
    imports = ImportHistory.objects.exclude(status=ImportStatus.IN_PROGRESS).order_by()
    wanted = {"table_name": asked.table, "file_hash": asked.file, "user_id": asked.user}
    imports = imports.filter(**{column: value for column, value in wanted.items() if value})
    if asked.as_of:
        imports = imports.alias(done_at=_done_at()).filter(import_timestamp__lte=asked.as_of, done_at__lte=asked.as_of)
    told = imports.annotate(undone=Case(When(_undone(asked.as_of), then=True), default=False))
    return told if asked.include_undone else told.filter(undone=False)


def _done_at() -> Coalesce:
    """The end of the mapping, which is that of the import; where there was none, as long after its start as it took."""
    took = ExpressionWrapper(Coalesce("duration_seconds", Value(0)) * Value(timedelta(seconds=1)), DurationField())
    return Coalesce("mapping_completed_at", ExpressionWrapper(F("import_timestamp") + took, DateTimeField()))


def _undone(as_of: datetime | None) -> Q:
    """Whether an import was undone then: before and not brought back, or the next that became of it was a redo."""
    if as_of is None:
        return Q(undone_at__isnull=False)
    later = AuditEntry.objects.filter(action__in=["import.undone", "import.redone"], happened_at__gt=as_of)
    next_deeds = later.order_by("subject", "id").distinct("subject").values("pk")
    redone = AuditEntry.objects.filter(pk__in=next_deeds, action="import.redone").order_by()
    return Q(undone_at__lte=as_of) | Q(pk__in=redone.values_list(Cast("subject", UUIDField())))


def _is_too_fine(imports: QuerySet[Any], grouping: Grouping, limit: int) -> bool:
    """Whether the newest imports alone make more groups than the limit: then nobody has to count all others."""
    if grouping in (Grouping.IMPORT, Grouping.TABLE):
        return False
    newest = imports.order_by("-import_timestamp")[:PROBED].values("pk")
    return len(_keys(imports.filter(pk__in=newest), grouping).distinct()[: limit + 1]) > limit


def _keys(imports: QuerySet[Any], grouping: Grouping) -> QuerySet[Any, Any]:
    return imports.annotate(in_common=IN_COMMON[grouping]).values("table_name", "status", "undone", "in_common")


def _bundles(imports: QuerySet[Any], grouping: Grouping, limit: int) -> list[ImportGroup]:
    found = _singles(imports) if grouping == Grouping.IMPORT else _groups(imports, grouping)
    return [_bundle(row) for row in found[: limit + 1]]


def _singles(imports: QuerySet[Any]) -> QuerySet[Any, Any]:
    return imports.order_by("-import_timestamp", "-import_id").values(
        "table_name", "status", "undone",
        imports=Value(1), one_import=F("import_id"), with_file=Case(When(file_hash=None, then=0), default=1),
        first_hash=F("file_hash"), last_hash=F("file_hash"), last_name=F("file_name"),
        in_common=Value(None, CharField()), rows=Coalesce("rows_inserted", 0),
        first_at=F("import_timestamp"), last_at=F("import_timestamp"),
        standing=Case(When(ACTIVE, then=1), default=0),
    )  # fmt: skip


def _groups(imports: QuerySet[Any], grouping: Grouping) -> QuerySet[Any, Any]:
    """The newest first; where tables are all that tells them apart, those with most imports."""
    order = "-imports" if grouping == Grouping.TABLE else "-last_at"
    return _keys(imports, grouping).annotate(
        imports=Count("pk"), one_import=Max(Cast("import_id", CharField())), with_file=Count("file_hash"),
        first_hash=Min("file_hash"), last_hash=Max("file_hash"), last_name=Max("file_name"),
        rows=Coalesce(Sum("rows_inserted"), 0),
        first_at=Min("import_timestamp"), last_at=Max("import_timestamp"),
        standing=Count("pk", filter=ACTIVE),
    ).order_by(order, "table_name", "status", "undone", "in_common")  # fmt: skip


IN_COMMON = {
    Grouping.FILE_NAME: F("file_pattern"),
    Grouping.DAY: Cast(TruncDate("import_timestamp"), CharField()),
    Grouping.TABLE: Value(None, CharField()),
}


def _bundle(row: dict[str, Any]) -> ImportGroup:
    one_file = row["with_file"] == row["imports"] and row["first_hash"] == row["last_hash"]
    return ImportGroup(
        imports=row["imports"],
        import_id=str(row["one_import"]),
        with_file=row["with_file"],
        file_hash=row["first_hash"] if one_file else None,
        file_name=row["last_name"],
        in_common=row["in_common"],
        table_name=row["table_name"],
        status=row["status"],
        undone=row["undone"],
        rows_inserted=row["rows"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        is_active=row["standing"] > 0,
    )
