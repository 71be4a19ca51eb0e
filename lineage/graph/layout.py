"""Where the nodes and edges of a lineage graph stand in its drawing. Pure; lengths are in pixels at full size.

Each import has a line of its own, those of a table together. A table is as tall as its imports, and a file stands
beside the first of its own, so that most edges are straight.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import log10

from lineage.graph.graph import (
    Edge,
    Graph,
    Node,
    NodeKind,
)

MARGIN = 12
NODE_WIDTH, NODE_HEIGHT = 264, 46
LINE_HEIGHT = 58
GAP = 22  # between the imports of two tables
LAYERS = {  # left edges
    NodeKind.FILE: 0, NodeKind.FILES: 0,
    NodeKind.IMPORT: NODE_WIDTH + 160, NodeKind.IMPORTS: NODE_WIDTH + 160,
    NodeKind.TABLE: 2 * (NODE_WIDTH + 160),
}  # fmt: skip
LABEL_EVERY = 9  # lines of a tall table


@dataclass(frozen=True)
class NodePosition:
    """A node where it stands."""

    node: Node
    x: float
    y: float
    height: float
    labels: tuple[float, ...]  # y of the middle of each label; a tall table has several

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Drawn:
    """An edge as a curve."""

    edge: Edge
    path: str  # the d of an SVG path
    width: float


@dataclass(frozen=True)
class Drawing:
    """The whole; nodes in the order in which a person reads them: line by line, from the left."""

    nodes: tuple[NodePosition, ...]
    edges: tuple[Drawn, ...]
    width: float
    height: float


def place(graph: Graph) -> Drawing:
    imports = _imports(graph)
    beside: dict[str, list[NodePosition]] = {}  # of each file and table: its imports
    for edge in graph.edges:
        for end, other in ((edge.source, edge.target), (edge.target, edge.source)):
            if other in imports:
                beside.setdefault(end, []).append(imports[other])
    files = {node.id: _file(node, beside[node.id]) for node in graph.of(NodeKind.FILE, NodeKind.FILES)}
    tables = {node.id: _table(node, beside.get(node.id, [])) for node in graph.of(NodeKind.TABLE)}
    placed = files | imports | tables
    return Drawing(
        nodes=tuple(sorted(placed.values(), key=lambda one: (one.y, one.x))),
        edges=tuple(_drawn(edge, placed) for edge in graph.edges),
        width=2 * MARGIN + LAYERS[NodeKind.TABLE] + NODE_WIDTH,
        height=max((one.y + one.height for one in placed.values()), default=0) + MARGIN,
    )


def _imports(graph: Graph) -> dict[str, NodePosition]:
    """Line by line, by table; last in each what never reached it."""
    nodes = graph.of(NodeKind.IMPORT, NodeKind.IMPORTS)
    reaching = {edge.source for edge in graph.edges}
    order = {name: place for place, name in enumerate(dict.fromkeys(node.table_name for node in nodes))}
    nodes.sort(key=lambda node: (order[node.table_name], node.id not in reaching))  # stable: newest first
    placed: dict[str, NodePosition] = {}
    y = float(MARGIN)
    for _, alike in groupby(nodes, key=lambda node: node.table_name):
        for node in alike:
            placed[node.id] = _at(node, y)
            y += LINE_HEIGHT
        y += GAP
    return placed


def _at(node: Node, y: float, height: float = NODE_HEIGHT) -> NodePosition:
    lines = round((height - NODE_HEIGHT) / LINE_HEIGHT) + 1
    times = -(-lines // LABEL_EVERY)
    labels = tuple(y + height * (place + 0.5) / times for place in range(times))
    return NodePosition(node, MARGIN + LAYERS[node.kind], y, height, labels)


def _file(node: Node, imports: list[NodePosition]) -> NodePosition:
    return _at(node, min(one.y for one in imports))


def _table(node: Node, imports: list[NodePosition]) -> NodePosition:
    """One that no import reached has the first line to itself."""
    if not imports:
        return _at(node, MARGIN)
    top = min(one.y for one in imports)
    return _at(node, top, max(one.y + one.height for one in imports) - top)


def _drawn(edge: Edge, placed: dict[str, NodePosition]) -> Drawn:
    """From the right side of the one to the left side of the other; a table is met at the height of the import."""
    source, target = placed[edge.source], placed[edge.target]
    start, end = source.x + NODE_WIDTH, target.x
    leaves = source.middle
    arrives = leaves if target.node.kind == NodeKind.TABLE else target.middle
    bend = (start + end) / 2
    path = f"M{start:g} {leaves:g}C{bend:g} {leaves:g} {bend:g} {arrives:g} {end:g} {arrives:g}"
    return Drawn(edge, path, round(1.5 + log10(1 + max(edge.rows_inserted, 0)), 2))
