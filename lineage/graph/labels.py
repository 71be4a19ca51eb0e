"""Labels and links of the nodes of the lineage graph, and the graph as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.http import urlencode

from core.formatting import count, counted
from imports.history.filters import NOT_IMPORTED
from imports.history.labels import NOTHING_NEW, OUTCOMES, UNDONE
from imports.labels import day_in_words
from imports.models import ImportStatus
from lineage.graph import messages
from lineage.graph.graph import (
    LOADED_STATUSES,
    Edge,
    Graph,
    Grouping,
    Node,
    NodeKind,
    literal_part,
)
from lineage.graph.layout import Curve, Drawing, NodePosition
from lineage.graph.queries import GraphQuery

#: Labels of imports and groups: the graph does not tell cancelled imports from failed ones.
GRAPH_OUTCOMES = {**OUTCOMES, "failed": "Not imported"}
NO_FILE = "API import (no file)"
MAX_LABEL_LENGTH = 23  # characters that fit into a node
GROUPED = {
    Grouping.IMPORT: None,
    Grouping.FILE_NAME: messages.GROUPED_BY_FILE_NAME(),
    Grouping.DAY: messages.GROUPED_BY_DAY(),
    Grouping.TABLE: messages.GROUPED_BY_TABLE(),
}


@dataclass(frozen=True)
class Label:
    """Label and link of a node."""

    node: Node
    name: str  # in full; the file name of a single import, which shows its moment instead
    moment: datetime | None
    detail: str  # the second line
    outcome: str  # success, nothing_new, partial, failed, undone; empty for files and tables
    url: str

    @property
    def description(self) -> str:
        """Return kind, name and detail, for screen readers and the tooltip."""
        name = f"{self.name}, {self.utc}" if self.moment else self.name
        return f"{NODE_KINDS[self.node.kind]} {name}: {self.detail}"

    @property
    def utc(self) -> str:
        utc_time = self.moment.astimezone(UTC) if self.moment else None
        return f"{utc_time:%b} {utc_time.day}, {utc_time:%Y, %H:%M} UTC" if utc_time else ""

    @property
    def outcome_label(self) -> str:
        return GRAPH_OUTCOMES[self.outcome]

    @property
    def short(self) -> str:
        """Return the name cut in the middle if it is too long: often only its end differs from other names."""
        if len(self.name) <= MAX_LABEL_LENGTH:
            return self.name
        return f"{self.name[: MAX_LABEL_LENGTH - 11]}…{self.name[-10:]}"


NODE_KINDS = {
    NodeKind.FILE: "File", NodeKind.FILES: "Files", NodeKind.IMPORT: "Import", NodeKind.IMPORTS: "Imports",
    NodeKind.TABLE: "Table",
}  # fmt: skip


class LabelPositions(NamedTuple):
    """Vertical positions of a label's parts."""

    mark: float  # the top of its icon, 20 high
    name: float
    detail: float


@dataclass(frozen=True)
class NodeOnPage:
    """A node with its position and label."""

    position: NodePosition
    label: Label
    number: int  # that edges refer to

    @property
    def labels(self) -> list[LabelPositions]:
        """Return the positions within the node; a tall table repeats its name."""
        middles = [middle - self.position.y for middle in self.position.labels]
        return [LabelPositions(middle - 10, middle - 4, middle + 14) for middle in middles]

    @property
    def bottom(self) -> float:
        return self.position.height - 1


@dataclass(frozen=True)
class EdgeOnPage:
    """An edge with the numbers of its nodes."""

    curve: Curve
    source: int
    target: int
    outcome: str


def page_elements(drawing: Drawing, labels: dict[str, Label]) -> tuple[list[NodeOnPage], list[EdgeOnPage]]:
    numbers = {position.node.id: number for number, position in enumerate(drawing.nodes)}
    nodes = [NodeOnPage(position, labels[position.node.id], number) for number, position in enumerate(drawing.nodes)]
    edges = [
        EdgeOnPage(curve, numbers[curve.edge.source], numbers[curve.edge.target], outcome_of(curve.edge))
        for curve in drawing.edges
    ]
    return nodes, edges


def node_labels(graph: Graph, query: GraphQuery) -> dict[str, Label]:
    """Return the labels by the id of the node."""
    return {node.id: _label(node, graph.grouped_by, query) for node in graph.nodes}


def _label(node: Node, grouped_by: Grouping, query: GraphQuery) -> Label:
    rows = _rows_in_words(node)
    imports = counted(node.imports, "import")
    match node.kind:
        case NodeKind.FILE:
            url = reverse("lineage:file", args=[node.sha256])
            return Label(node, node.name or NO_FILE, None, imports, "", url)
        case NodeKind.FILES:
            url = history_url(node, grouped_by, query)
            return Label(node, _files_in_words(node, grouped_by), None, imports, "", url)
        case NodeKind.IMPORT:
            outcome = outcome_of(node)
            url = reverse("imports:detail", args=[node.import_id])
            return Label(node, node.name or NO_FILE, node.last_at, _import_detail(node), outcome, url)
        case NodeKind.IMPORTS:
            outcome = outcome_of(node)
            url = history_url(node, grouped_by, query)
            return Label(node, imports, None, _import_detail(node), outcome, url)
        case NodeKind.TABLE:
            exists = node.is_active or not node.imports
            url = reverse("lineage:table", args=[node.name]) if exists else history_url(node, grouped_by, query)
            return Label(node, node.name or "", None, f"{rows} · {imports}", "", url)


def outcome_of(element: Node | Edge) -> str:
    if element.undone:
        return UNDONE
    if element.status == ImportStatus.SUCCESS and not element.rows_inserted and not element.rows_updated:
        return NOTHING_NEW
    return element.status or ""


def _history_status(node: Node) -> str:
    """Return the choice of the history's filter that lists the imports of a node."""
    status = outcome_of(node)
    return NOT_IMPORTED if status == ImportStatus.FAILED else status


def _import_detail(node: Node) -> str:
    """Return status and rows; for a failed import, which has no edge to its table, the name of the table."""
    what = _rows_in_words(node) if node.status in LOADED_STATUSES else f"into {node.table_name}"
    return f"{GRAPH_OUTCOMES[outcome_of(node)]} · {what}"


def _rows_in_words(node: Node) -> str:
    inserted, updated = counted(node.rows_inserted, "row"), node.rows_updated
    if not updated:
        return inserted
    return f"{inserted}, {count(updated)} updated" if node.rows_inserted else f"{counted(updated, 'row')} updated"


def _files_in_words(node: Node, grouped_by: Grouping) -> str:
    if grouped_by == Grouping.FILE_NAME:
        return node.name or NO_FILE
    return f"Files of {day_in_words(node.name) if node.name else node.table_name}"


def history_url(node: Node, grouped_by: Grouping, query: GraphQuery) -> str:
    """Return the history page of a group or a table. For groups by file name it may list a few more imports."""
    filters = {
        "table": node.table_name,
        "user": query.user,
        "search": literal_part(node.name) if grouped_by == Grouping.FILE_NAME and node.kind != NodeKind.TABLE else "",
        "status": "" if query.as_of else _history_status(node),
        "since": f"{node.first_at:%Y-%m-%d}" if node.first_at else "",
        "until": f"{node.last_at:%Y-%m-%d}" if node.last_at else "",
    }
    return f"{reverse('imports:history')}?{urlencode({name: value for name, value in filters.items() if value})}"


@dataclass(frozen=True)
class TableLine:
    """An import or a group with its file and table, as a line of the table view."""

    file: Label | None
    import_label: Label
    table: Label | None
    table_name: str

    @property
    def rows_inserted(self) -> str:
        return count(self.import_label.node.rows_inserted)

    @property
    def rows_updated(self) -> str:
        return count(self.import_label.node.rows_updated)


def table_lines(graph: Graph, labels: dict[str, Label], drawing: Drawing) -> Iterator[TableLine]:
    """Return the lines in the order of the graph."""
    files = graph.files_of_imports()
    for position in drawing.nodes:
        node = position.node
        if node.kind in (NodeKind.IMPORT, NodeKind.IMPORTS):
            yield TableLine(
                labels.get(files.get(node.id, "")),
                labels[node.id],
                labels.get(f"table:{node.table_name}"),
                node.table_name or "",
            )
