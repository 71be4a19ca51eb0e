"""What the page of the lineage graph writes on its nodes, where they lead, and the same graph as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.http import urlencode

from core.formatting import count, counted
from imports.history.labels import OUTCOMES, UNDONE
from imports.labels import day_in_words
from lineage.graph import messages
from lineage.graph.graph import (
    LOADED,
    Edge,
    Graph,
    Grouping,
    Node,
    NodeKind,
    literal_part,
)
from lineage.graph.layout import Drawing, Drawn, NodePosition
from lineage.graph.queries import GraphQuery

NAMELESS = "Records without a file"
MAX_LABEL_LENGTH = 25  # characters that a node has room for
GROUPED = {
    Grouping.IMPORT: None,
    Grouping.FILE_NAME: messages.GROUPED_BY_FILE_NAME(),
    Grouping.DAY: messages.GROUPED_BY_DAY(),
    Grouping.TABLE: messages.GROUPED_BY_TABLE(),
}


@dataclass(frozen=True)
class Label:
    """What a person reads of a node, and where it leads."""

    node: Node
    name: str  # whole; of a single import nothing: its moment stands there
    moment: datetime | None
    detail: str  # the second line
    outcome: str  # success, partial, failed, undone; empty for files and tables
    url: str

    @property
    def said(self) -> str:
        """For screen readers, and on hover: kind, name, the rest."""
        name = f"{self.name}, {self.utc}" if self.moment else self.name
        return f"{NODE_KINDS[self.node.kind]} {name}: {self.detail}"

    @property
    def utc(self) -> str:
        exact = self.moment.astimezone(UTC) if self.moment else None
        return f"{exact:%b} {exact.day}, {exact:%Y, %H:%M} UTC" if exact else ""

    @property
    def word(self) -> str:
        return OUTCOMES[self.outcome]

    @property
    def short(self) -> str:
        """With its ending where the whole is too long: it is what tells file from file."""
        if len(self.name) <= MAX_LABEL_LENGTH:
            return self.name
        return f"{self.name[: MAX_LABEL_LENGTH - 11]}…{self.name[-10:]}"


NODE_KINDS = {
    NodeKind.FILE: "File", NodeKind.FILES: "Files", NodeKind.IMPORT: "Import", NodeKind.IMPORTS: "Imports",
    NodeKind.TABLE: "Table",
}  # fmt: skip


class Lines(NamedTuple):
    """y of what a node says."""

    mark: float  # the top of its icon, 20 high
    name: float
    detail: float


@dataclass(frozen=True)
class NodeOnPage:
    """A node with its place in the drawing."""

    placed: NodePosition
    label: Label
    number: int  # by which edges name it

    @property
    def lines(self) -> list[Lines]:
        """Within the node; a tall table says its name more than once."""
        middles = [middle - self.placed.y for middle in self.placed.labels]
        return [Lines(middle - 10, middle - 4, middle + 14) for middle in middles]

    @property
    def bottom(self) -> float:
        return self.placed.height - 1


@dataclass(frozen=True)
class EdgeOnPage:
    """An edge with the numbers of its nodes."""

    drawn: Drawn
    source: int
    target: int
    outcome: str


def on_page(drawing: Drawing, labels: dict[str, Label]) -> tuple[list[NodeOnPage], list[EdgeOnPage]]:
    numbers = {one.node.id: number for number, one in enumerate(drawing.nodes)}
    nodes = [NodeOnPage(one, labels[one.node.id], numbers[one.node.id]) for one in drawing.nodes]
    edges = [
        EdgeOnPage(one, numbers[one.edge.source], numbers[one.edge.target], outcome_of(one.edge))
        for one in drawing.edges
    ]
    return nodes, edges


def labels_of(graph: Graph, asked: GraphQuery) -> dict[str, Label]:
    """By the id of the node."""
    return {node.id: _label(node, graph.grouped_by, asked) for node in graph.nodes}


def _label(node: Node, grouped_by: Grouping, asked: GraphQuery) -> Label:
    rows = counted(node.rows_inserted, "row")
    imports = counted(node.imports, "import")
    match node.kind:
        case NodeKind.FILE:
            url = reverse("lineage:file", args=[node.sha256])
            return Label(node, node.name or NAMELESS, None, imports, "", url)
        case NodeKind.FILES:
            url = history_of(node, grouped_by, asked)
            return Label(node, _files_in_words(node, grouped_by), None, imports, "", url)
        case NodeKind.IMPORT:
            outcome = outcome_of(node)
            url = reverse("imports:detail", args=[node.import_id])
            return Label(node, node.name or NAMELESS, node.last_at, _came_of_it(node), outcome, url)
        case NodeKind.IMPORTS:
            outcome = outcome_of(node)
            url = history_of(node, grouped_by, asked)
            return Label(node, imports, None, _came_of_it(node), outcome, url)
        case NodeKind.TABLE:
            there = node.is_active or not node.imports
            url = reverse("lineage:table", args=[node.name]) if there else history_of(node, grouped_by, asked)
            return Label(node, node.name or "", None, f"{rows} · {imports}", "", url)


def outcome_of(one: Node | Edge) -> str:
    return UNDONE if one.undone else one.status or ""


def _came_of_it(node: Node) -> str:
    """What failed has no edge to its table, so the words name it."""
    rows = counted(node.rows_inserted, "row")
    return f"{OUTCOMES[outcome_of(node)]} · {rows if node.status in LOADED else f'not in {node.table_name}'}"


def _files_in_words(node: Node, grouped_by: Grouping) -> str:
    if grouped_by == Grouping.FILE_NAME:
        return node.name or NAMELESS
    return f"Files of {day_in_words(node.name) if node.name else node.table_name}"


def history_of(node: Node, grouped_by: Grouping, asked: GraphQuery) -> str:
    """The page of the history with the imports of a group, or of a table; by name it may list a few more."""
    filters = {
        "table": node.table_name,
        "user": asked.user,
        "search": literal_part(node.name) if grouped_by == Grouping.FILE_NAME and node.kind != NodeKind.TABLE else "",
        "status": "" if asked.as_of else outcome_of(node),
        "since": f"{node.first_at:%Y-%m-%d}" if node.first_at else "",
        "until": f"{node.last_at:%Y-%m-%d}" if node.last_at else "",
    }
    return f"{reverse('imports:history')}?{urlencode({name: value for name, value in filters.items() if value})}"


@dataclass(frozen=True)
class HistoryLine:
    """An import or a group, from its file to its table, as the table under the drawing has it."""

    file: Label | None
    own: Label
    table: Label | None
    table_name: str

    @property
    def rows_inserted(self) -> str:
        return count(self.own.node.rows_inserted)


def lines(graph: Graph, labels: dict[str, Label], drawing: Drawing) -> Iterator[HistoryLine]:
    """In the order of the drawing."""
    files = graph.file_of()
    for placed in drawing.nodes:
        node = placed.node
        if node.kind in (NodeKind.IMPORT, NodeKind.IMPORTS):
            yield HistoryLine(
                labels.get(files.get(node.id, "")),
                labels[node.id],
                labels.get(f"table:{node.table_name}"),
                node.table_name or "",
            )
