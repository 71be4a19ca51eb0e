"""The graph itself and its layout: pure, without a database."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lineage.graph.graph import (
    Edge,
    Grouping,
    ImportGroup,
    NodeKind,
    build_graph,
    literal_part,
)
from lineage.graph.layout import (
    GAP,
    LINE_HEIGHT,
    MARGIN,
    NODE_HEIGHT,
    NODE_WIDTH,
    lay_out,
)

MORNING = datetime(2026, 1, 15, 9, tzinfo=UTC)
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
ONE = ImportGroup(1, "i1", 1, "f1", "people.csv", None, "people", "success", False, 3, 0, MORNING, MORNING, True)
GROUP = ImportGroup(
    40, "i9", 40, None, "sales-9.csv", "sales-*.csv", "sales", "success", False, 400, 7, MORNING, NOON, True
)


def ways(graph):
    return [(edge.source, edge.target, edge.rows_inserted) for edge in graph.edges]


def test_one_import_is_a_file_an_import_and_a_table():
    graph = build_graph([ONE])

    assert [(node.id, node.kind, node.name, node.imports, node.rows_inserted) for node in graph.nodes] == [
        ("file:f1", NodeKind.FILE, "people.csv", 1, 3),
        ("import:i1", NodeKind.IMPORT, "people.csv", 1, 3),
        ("table:people", NodeKind.TABLE, "people", 1, 3),
    ]
    assert graph.edges == (
        Edge("file:f1", "import:i1", 1, 3, 0, "success", False),
        Edge("import:i1", "table:people", 1, 3, 0, "success", False),
    )
    assert (graph.imports, graph.imports_left_out) == (1, 0)


def test_files_and_tables_are_nodes_once_and_add_up():
    other = replace(ONE, import_id="i2", rows_inserted=2, first_at=NOON, last_at=NOON)
    graph = build_graph([other, ONE, replace(ONE, import_id="i3", table_name="crew")])

    assert [node.id for node in graph.nodes] == [
        "file:f1", "import:i2", "import:i1", "import:i3", "table:people", "table:crew",
    ]  # fmt: skip
    people = graph.of_kind(NodeKind.TABLE)[0]
    assert (people.imports, people.rows_inserted, people.first_at, people.last_at) == (2, 5, MORNING, NOON)
    assert graph.of_kind(NodeKind.FILE)[0].rows_inserted == 8


def test_what_was_undone_keeps_its_rows_and_its_table_does_not():
    graph = build_graph([replace(ONE, undone=True, is_active=False), replace(ONE, import_id="i2", rows_inserted=2)])

    assert [(node.id, node.undone, node.rows_inserted) for node in graph.nodes] == [
        ("file:f1", False, 2), ("import:i1", True, 3), ("import:i2", False, 2), ("table:people", False, 2),
    ]  # fmt: skip
    assert [(edge.target, edge.undone) for edge in graph.edges][:2] == [("import:i1", True), ("table:people", True)]


def test_a_failed_import_has_no_edge_to_a_table():
    graph = build_graph([replace(ONE, status="failed", rows_inserted=0)])

    assert ways(graph) == [("file:f1", "import:i1", 0)]
    assert graph.of_kind(NodeKind.TABLE) == []


def test_an_import_without_a_file_begins_at_itself():
    assert ways(build_graph([replace(ONE, with_file=0, file_hash=None)])) == [("import:i1", "table:people", 3)]


def test_a_group_is_one_node_for_its_files_and_one_for_its_imports():
    graph = build_graph([GROUP, replace(GROUP, status="failed", imports=2, with_file=2)], Grouping.FILE_NAME)

    assert [(node.id, node.imports) for node in graph.nodes] == [
        ("files:sales:sales-*.csv", 42),
        ("imports:sales:success::sales-*.csv", 40),
        ("imports:sales:failed::sales-*.csv", 2),
        ("table:sales", 40),
    ]
    assert (graph.imports, graph.grouped_by) == (42, Grouping.FILE_NAME)


def test_the_table_that_was_asked_for_is_there_without_imports():
    assert [(node.id, node.imports) for node in build_graph([], table="people").nodes] == [("table:people", 0)]
    assert [node.id for node in build_graph([ONE], table="people").nodes] == ["file:f1", "import:i1", "table:people"]


@pytest.mark.parametrize(
    ("pattern", "part"),
    [("sales-*.csv", "sales-"), ("*-of-sales.*.csv", "-of-sales."), ("*.csv", ""), ("plain", "plain"), (None, "")],
)
def test_the_part_of_a_pattern_to_search_for(pattern, part):
    assert literal_part(pattern) == part


# --- layout ---


def places(drawing):
    return {one.node.id: (one.x, one.y, one.height) for one in drawing.nodes}


def test_one_import_is_on_one_line_with_straight_edges():
    drawing = lay_out(build_graph([ONE]))

    assert places(drawing) == {
        "file:f1": (12, 12, 46), "import:i1": (436, 12, 46), "table:people": (860, 12, 46),
    }  # fmt: skip
    assert [one.path for one in drawing.edges] == ["M276 35C356 35 356 35 436 35", "M700 35C780 35 780 35 860 35"]
    assert [one.width for one in drawing.edges] == [2.1, 2.1]
    assert (drawing.width, drawing.height) == (1136, 70)


def test_a_table_is_as_tall_as_its_imports_and_a_file_is_next_to_its_first():
    drawing = lay_out(
        build_graph(
            [
                ONE,
                replace(ONE, import_id="i2", table_name="crew", file_hash="f2"),
                replace(ONE, import_id="i3", file_hash="f2"),
                replace(ONE, import_id="i4", file_hash="f3", status="failed"),
            ]
        )
    )
    lines = [MARGIN, MARGIN + LINE_HEIGHT, MARGIN + 2 * LINE_HEIGHT, MARGIN + 3 * LINE_HEIGHT + GAP]

    found = places(drawing)
    assert [found[f"import:i{number}"][1] for number in (1, 3, 4, 2)] == lines
    assert [found[f"file:f{number}"][1] for number in (1, 2, 3)] == lines[:3]
    assert found["table:people"][1:] == (MARGIN, LINE_HEIGHT + NODE_HEIGHT)
    assert found["table:crew"][1:] == (lines[3], NODE_HEIGHT)
    assert [one.node.id for one in drawing.nodes][:4] == ["file:f1", "import:i1", "table:people", "file:f2"]


def test_no_two_nodes_overlap():
    groups = [
        replace(ONE, import_id=f"i{number}", file_hash=f"f{number % 7}", table_name=f"t{number % 3}")
        for number in range(60)
    ]
    by_layer = {}
    for one in lay_out(build_graph(groups)).nodes:
        by_layer.setdefault(one.x, []).append((one.y, one.y + one.height))

    assert {layer: len(spans) for layer, spans in by_layer.items()} == {12: 7, 436: 60, 860: 3}
    for spans in by_layer.values():
        assert all(end < start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))


def test_a_tall_table_repeats_its_name():
    groups = [replace(ONE, import_id=f"i{number}", file_hash=f"f{number}") for number in range(20)]
    (table,) = [one for one in lay_out(build_graph(groups)).nodes if one.node.kind == NodeKind.TABLE]

    assert len(table.labels) == 3
    assert table.y < table.labels[0] < table.labels[2] < table.y + table.height


def test_an_empty_table_has_a_place_and_nothing_has_none():
    assert places(lay_out(build_graph([], table="people"))) == {"table:people": (860, 12, 46)}
    assert lay_out(build_graph([])).nodes == ()
    assert NODE_WIDTH == 264  # the shapes in templates/lineage/graph_drawing.html are drawn for it
