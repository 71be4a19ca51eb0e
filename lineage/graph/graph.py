"""What came from where: files → imports → tables, as nodes and edges. Pure: it is told what the history says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Grouping(StrEnum):
    """What the imports of one node have in common, beside their table and how they ended; the finest first."""

    IMPORT = "import"  #: each import is a node of its own
    FILE_NAME = "file_name"  #: names that differ in their numbers only
    DAY = "day"  #: in UTC
    TABLE = "table"  #: nothing else


class NodeKind(StrEnum):
    """What a node stands for."""

    FILE = "file"
    FILES = "files"  #: those of a group of imports
    IMPORT = "import"
    IMPORTS = "imports"  #: a group
    TABLE = "table"


LOADED = ("success", "partial")  # statuses of imports that reached their table


@dataclass(frozen=True)
class ImportGroup:
    """Imports that go the same way: a single one, or a group."""

    imports: int  # from 1
    import_id: str  # of a single one
    with_file: int  # imports that have a file
    file_hash: str | None  # where they all came from one file
    file_name: str | None  # of that file
    in_common: str | None  # by which they were grouped: sales-*.csv, 2026-01-15
    table_name: str
    status: str
    undone: bool
    rows_inserted: int
    first_at: datetime
    last_at: datetime
    is_active: bool  # some of them stand today


@dataclass(frozen=True)
class Node:
    """A file, an import, a table, or a group of the first two."""

    id: str
    kind: NodeKind
    name: str | None
    imports: int = 0  # that go through it
    rows_inserted: int = 0  # by them; what was undone counts at its import only
    first_at: datetime | None = None  # of these imports
    last_at: datetime | None = None
    sha256: str | None = None  # of a file
    import_id: str | None = None  # of an import
    table_name: str | None = None  # of a table, and where an import or a group goes
    status: str | None = None  # of an import or a group
    undone: bool = False
    is_active: bool = False  # today


@dataclass(frozen=True)
class Edge:
    """The way of rows from one node to the next."""

    source: str
    target: str
    imports: int
    rows_inserted: int
    status: str
    undone: bool


@dataclass(frozen=True)
class Graph:
    """Files, imports and tables, each newest first. An import that loaded nothing has no edge to its table."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    grouped_by: Grouping = Grouping.IMPORT
    imports: int = 0  # that are in the graph
    imports_left_out: int = 0  # of the smallest groups, where even tables are too many

    def of(self, *kinds: NodeKind) -> list[Node]:
        return [node for node in self.nodes if node.kind in kinds]

    def file_of(self) -> dict[str, str]:
        """Of each import or group that has one: the node of its file."""
        return {edge.target: edge.source for edge in self.edges if not edge.target.startswith("table:")}


def build(bundles: Sequence[ImportGroup], grouping: Grouping = Grouping.IMPORT, *, table: str | None = None) -> Graph:
    """The graph of these imports. table: is a node also where no import reached it."""
    asked_for = [_table(table)] if table else []
    tables = {node.id: node for node in asked_for}
    files: dict[str, Node] = {}
    imports: dict[str, Node] = {}
    edges: list[Edge] = []
    for bundle in bundles:
        node = _import(bundle)
        imports[node.id] = node
        if bundle.with_file:
            file = _with(files, _file(bundle), bundle)
            edges.append(_edge(file, node, bundle))
        if bundle.status in LOADED:
            reached = _with(tables, _table(bundle.table_name), bundle)
            edges.append(_edge(node, reached, bundle))
    nodes = (*files.values(), *imports.values(), *tables.values())
    return Graph(nodes, tuple(edges), grouping, sum(bundle.imports for bundle in bundles))


def _with(nodes: dict[str, Node], fresh: Node, bundle: ImportGroup) -> Node:
    """The node, counted together with one more bundle that goes through it."""
    found = nodes.get(fresh.id, fresh)
    nodes[fresh.id] = replace(
        found,
        imports=found.imports + bundle.imports,
        rows_inserted=found.rows_inserted + (0 if bundle.undone else bundle.rows_inserted),
        first_at=min(filter(None, (found.first_at, bundle.first_at))),
        last_at=max(filter(None, (found.last_at, bundle.last_at))),
        is_active=found.is_active or bundle.is_active,
    )
    return nodes[fresh.id]


def _file(bundle: ImportGroup) -> Node:
    if bundle.file_hash:
        return Node(f"file:{bundle.file_hash}", NodeKind.FILE, bundle.file_name, sha256=bundle.file_hash)
    key = f"files:{bundle.table_name}:{bundle.in_common or ''}"
    return Node(key, NodeKind.FILES, bundle.in_common, table_name=bundle.table_name)


def _import(bundle: ImportGroup) -> Node:
    single = bundle.imports == 1
    group = f"imports:{bundle.table_name}:{bundle.status}:{'undone' if bundle.undone else ''}:{bundle.in_common or ''}"
    return Node(
        id=f"import:{bundle.import_id}" if single else group,
        kind=NodeKind.IMPORT if single else NodeKind.IMPORTS,
        name=bundle.file_name if single else bundle.in_common,
        imports=bundle.imports,
        rows_inserted=bundle.rows_inserted,
        first_at=bundle.first_at,
        last_at=bundle.last_at,
        import_id=bundle.import_id if single else None,
        table_name=bundle.table_name,
        status=bundle.status,
        undone=bundle.undone,
        is_active=bundle.is_active,
    )


def _table(name: str) -> Node:
    return Node(f"table:{name}", NodeKind.TABLE, name, table_name=name)


def _edge(source: Node, target: Node, bundle: ImportGroup) -> Edge:
    return Edge(source.id, target.id, bundle.imports, bundle.rows_inserted, bundle.status, bundle.undone)


def literal_part(pattern: str | None) -> str:
    """sales-*.csv -> sales-: the longest part of a pattern before the file's ending, to search names by."""
    stem, _, _ = (pattern or "").rpartition(".")
    return max((stem or pattern or "").split("*"), key=len)
