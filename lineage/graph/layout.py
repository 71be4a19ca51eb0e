"""Positions of the nodes and edges of a lineage graph. Lengths are in pixels at full size.

Each import has its own line; those of a table are together. A table is as tall as its imports, and a file is next to
its first import, so that most edges are straight.
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
    """A node with its position."""

    node: Node
    x: float
    y: float
    height: float
    labels: tuple[float, ...]  # y of the middle of each label; a tall table has several

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Curve:
    """An edge as a curve."""

    edge: Edge
    path: str  # the d of an SVG path
    width: float


@dataclass(frozen=True)
class Drawing:
    """A laid out graph; nodes in reading order: line by line, from the left."""

    nodes: tuple[NodePosition, ...]
    edges: tuple[Curve, ...]
    width: float
    height: float


def lay_out(graph: Graph) -> Drawing:
    imports = _imports(graph)
    imports_of: dict[str, list[NodePosition]] = {}  # of each file and table
    for edge in graph.edges:
        for node_id, import_id in ((edge.source, edge.target), (edge.target, edge.source)):
            if import_id in imports:
                imports_of.setdefault(node_id, []).append(imports[import_id])
    files = {node.id: _file(node, imports_of[node.id]) for node in graph.of_kind(NodeKind.FILE, NodeKind.FILES)}
    tables = {node.id: _table(node, imports_of.get(node.id, [])) for node in graph.of_kind(NodeKind.TABLE)}
    positions = files | imports | tables
    return Drawing(
        nodes=tuple(sorted(positions.values(), key=lambda position: (position.y, position.x))),
        edges=tuple(_curve(edge, positions) for edge in graph.edges),
        width=2 * MARGIN + LAYERS[NodeKind.TABLE] + NODE_WIDTH,
        height=max((position.y + position.height for position in positions.values()), default=0) + MARGIN,
    )


def _imports(graph: Graph) -> dict[str, NodePosition]:
    """Place the imports line by line, by table; in each table the failed ones last."""
    nodes = graph.of_kind(NodeKind.IMPORT, NodeKind.IMPORTS)
    with_edges = {edge.source for edge in graph.edges}
    order = {name: number for number, name in enumerate(dict.fromkeys(node.table_name for node in nodes))}
    nodes.sort(key=lambda node: (order[node.table_name], node.id not in with_edges))  # stable: newest first
    positions: dict[str, NodePosition] = {}
    y = float(MARGIN)
    for _, of_table in groupby(nodes, key=lambda node: node.table_name):
        for node in of_table:
            positions[node.id] = _at(node, y)
            y += LINE_HEIGHT
        y += GAP
    return positions


def _at(node: Node, y: float, height: float = NODE_HEIGHT) -> NodePosition:
    lines = round((height - NODE_HEIGHT) / LINE_HEIGHT) + 1
    count = -(-lines // LABEL_EVERY)
    labels = tuple(y + height * (number + 0.5) / count for number in range(count))
    return NodePosition(node, MARGIN + LAYERS[node.kind], y, height, labels)


def _file(node: Node, imports: list[NodePosition]) -> NodePosition:
    return _at(node, min(position.y for position in imports))


def _table(node: Node, imports: list[NodePosition]) -> NodePosition:
    """Place a table next to its imports; one without imports in the first line."""
    if not imports:
        return _at(node, MARGIN)
    top = min(position.y for position in imports)
    return _at(node, top, max(position.y + position.height for position in imports) - top)


def _curve(edge: Edge, positions: dict[str, NodePosition]) -> Curve:
    """Draw an edge from the right side of a node to the left side of the next, into a table at the import's height."""
    source, target = positions[edge.source], positions[edge.target]
    start, end = source.x + NODE_WIDTH, target.x
    start_y = source.middle
    end_y = start_y if target.node.kind == NodeKind.TABLE else target.middle
    bend = (start + end) / 2
    path = f"M{start:g} {start_y:g}C{bend:g} {start_y:g} {bend:g} {end_y:g} {end:g} {end_y:g}"
    return Curve(edge, path, round(1.5 + log10(1 + edge.rows_inserted + edge.rows_updated), 2))
