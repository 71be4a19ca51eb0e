"""The lineage graph: files → imports → tables, as nodes and edges. It is built without database access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Grouping(StrEnum):
    """What the imports of one node share besides table and status, the finest grouping first."""

    IMPORT = "import"  #: each import is a node of its own
    FILE_NAME = "file_name"  #: file names that differ in their numbers only
    DAY = "day"  #: in UTC
    TABLE = "table"  #: nothing else


class NodeKind(StrEnum):
    """What a node represents."""

    FILE = "file"
    FILES = "files"  #: those of a group of imports
    IMPORT = "import"
    IMPORTS = "imports"  #: a group
    TABLE = "table"


LOADED_STATUSES = ("success", "partial")  # statuses of imports that reached their table


@dataclass(frozen=True)
class ImportGroup:
    """One import, or several with the same path through the graph."""

    imports: int  # from 1
    import_id: str  # of a single one
    with_file: int  # imports that have a file
    file_hash: str | None  # if they are all of one file
    file_name: str | None  # of that file
    in_common: str | None  # what they were grouped by: sales-*.csv, 2026-01-15
    table_name: str
    status: str
    undone: bool
    rows_inserted: int
    rows_updated: int
    first_at: datetime
    last_at: datetime
    is_active: bool  # whether any of them is active now


@dataclass(frozen=True)
class Node:
    """A file, an import, a table, or a group of the first two."""

    id: str
    kind: NodeKind
    name: str | None
    imports: int = 0  # connected to it
    rows_inserted: int = 0  # by these imports; of undone ones at the import's node only
    rows_updated: int = 0  # the same
    first_at: datetime | None = None  # of these imports
    last_at: datetime | None = None
    sha256: str | None = None  # of a file
    import_id: str | None = None  # of an import
    table_name: str | None = None  # of a table, and the target of an import or a group
    status: str | None = None  # of an import or a group
    undone: bool = False
    is_active: bool = False  # now


@dataclass(frozen=True)
class Edge:
    """The rows that go from one node to the next."""

    source: str
    target: str
    imports: int
    rows_inserted: int
    rows_updated: int
    status: str
    undone: bool


@dataclass(frozen=True)
class Graph:
    """Files, imports and tables, each newest first. A failed import has no edge to its table."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    grouped_by: Grouping = Grouping.IMPORT
    imports: int = 0  # in the graph
    imports_left_out: int = 0  # of the smallest groups, if there are more tables than nodes allowed

    def of_kind(self, *kinds: NodeKind) -> list[Node]:
        return [node for node in self.nodes if node.kind in kinds]

    def files_of_imports(self) -> dict[str, str]:
        """Return the id of the file's node by the id of the import's or group's node."""
        return {edge.target: edge.source for edge in self.edges if not edge.target.startswith("table:")}


def build_graph(
    groups: Sequence[ImportGroup], grouping: Grouping = Grouping.IMPORT, *, table: str | None = None
) -> Graph:
    """Return the graph of these imports. table: a node even without imports."""
    tables = {node.id: node for node in ([_table(table)] if table else [])}
    files: dict[str, Node] = {}
    imports: dict[str, Node] = {}
    edges: list[Edge] = []
    for group in groups:
        node = _import(group)
        imports[node.id] = node
        if group.with_file:
            file = _count_group(files, _file(group), group)
            edges.append(_edge(file, node, group))
        if group.status in LOADED_STATUSES:
            target = _count_group(tables, _table(group.table_name), group)
            edges.append(_edge(node, target, group))
    nodes = (*files.values(), *imports.values(), *tables.values())
    return Graph(nodes, tuple(edges), grouping, sum(group.imports for group in groups))


def _count_group(nodes: dict[str, Node], node: Node, group: ImportGroup) -> Node:
    """Add a group to the counts of a node, and return the node."""
    counted = nodes.get(node.id, node)
    nodes[node.id] = replace(
        counted,
        imports=counted.imports + group.imports,
        rows_inserted=counted.rows_inserted + (0 if group.undone else group.rows_inserted),
        rows_updated=counted.rows_updated + (0 if group.undone else group.rows_updated),
        first_at=min(filter(None, (counted.first_at, group.first_at))),
        last_at=max(filter(None, (counted.last_at, group.last_at))),
        is_active=counted.is_active or group.is_active,
    )
    return nodes[node.id]


def _file(group: ImportGroup) -> Node:
    if group.file_hash:
        return Node(f"file:{group.file_hash}", NodeKind.FILE, group.file_name, sha256=group.file_hash)
    key = f"files:{group.table_name}:{group.in_common or ''}"
    return Node(key, NodeKind.FILES, group.in_common, table_name=group.table_name)


def _import(group: ImportGroup) -> Node:
    single = group.imports == 1
    undone = "undone" if group.undone else ""
    group_id = f"imports:{group.table_name}:{group.status}:{undone}:{group.in_common or ''}"
    return Node(
        id=f"import:{group.import_id}" if single else group_id,
        kind=NodeKind.IMPORT if single else NodeKind.IMPORTS,
        name=group.file_name if single else group.in_common,
        imports=group.imports,
        rows_inserted=group.rows_inserted,
        rows_updated=group.rows_updated,
        first_at=group.first_at,
        last_at=group.last_at,
        import_id=group.import_id if single else None,
        table_name=group.table_name,
        status=group.status,
        undone=group.undone,
        is_active=group.is_active,
    )


def _table(name: str) -> Node:
    return Node(f"table:{name}", NodeKind.TABLE, name, table_name=name)


def _edge(source: Node, target: Node, group: ImportGroup) -> Edge:
    return Edge(
        source.id, target.id, group.imports, group.rows_inserted, group.rows_updated, group.status, group.undone
    )  # fmt: skip


def literal_part(pattern: str | None) -> str:
    """Return the longest literal part of a file name pattern, to search by: sales-*.csv -> sales-."""
    stem, _, _ = (pattern or "").rpartition(".")
    return max((stem or pattern or "").split("*"), key=len)
