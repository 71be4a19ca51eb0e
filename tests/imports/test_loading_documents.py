"""JSON and XML documents of one kind into one table, with and without records, alone and with the proposed mapping."""

import pytest

from imports.analysis.analyse import analyse
from imports.errors import MappingDoesNotFit, UnreadableFile
from imports.mapping import parse_mapping
from imports.models import ImportStatus
from imports.sources import upload
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, columns_of, import_text, rows_of, warnings_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

TWO = (
    "<Resp><Meta><At>2024</At></Meta>"
    "<Items><Item><Id>1</Id><N>a</N></Item><Item><Id>2</Id><N>b</N></Item></Items></Resp>"
)
ONE = "<Resp><Meta><At>2024</At></Meta><Items><Item><Id>3</Id><N>c</N></Item></Items></Resp>"
NONE = "<Resp><Meta><At>2024</At></Meta><Items></Items></Resp>"


def detect(folder, name, text, **mapping):
    path = folder / name
    path.write_text(text)
    with upload.from_disk(path) as source:
        return analyse(source, parse_mapping(mapping))


def counts(found):
    return found.status, found.total_rows_in_file, found.rows_inserted


def test_the_path_of_the_table_s_last_import_holds_for_one_record_and_for_none(tmp_path):
    import_text(tmp_path, "two.xml", TWO, table_name="t")

    one = import_text(tmp_path, "one.xml", ONE, table_name="t")
    none = import_text(tmp_path, "none.xml", NONE, table_name="t")

    assert counts(one) == (ImportStatus.SUCCESS, 1, 1)
    assert counts(none) == (ImportStatus.SUCCESS, 0, 0)
    assert none.mapping_config["source_options"]["record_path"] == "/Resp/Items/Item"
    assert [(row["source_id"] if "source_id" in row else row["id"], row["n"]) for row in rows_of("t")] == [
        (1, "a"), (2, "b"), (3, "c"),
    ]  # fmt: skip


def test_the_proposed_mapping_imports_documents_with_two_records_one_and_none(tmp_path):
    mapping = detect(tmp_path, "two.xml", TWO, table_name="t")["mapping"]
    assert mapping["source_options"] == {"record_path": "/Resp/Items/Item"}

    documents = [("two", TWO), ("one", ONE), ("none", NONE)]
    for tables in (("t", "t", "t"), ("utwo", "uone", "unone")):  # into one table, and each into its own
        found = [
            import_text(tmp_path, f"{name}.xml", text, **{**mapping, "table_name": table})
            for (name, text), table in zip(documents, tables, strict=True)
        ]
        assert list(map(counts, found)) == [("success", 2, 2), ("success", 1, 1), ("success", 0, 0)]
    assert columns_of("unone") == columns_of("utwo")


@pytest.mark.parametrize(
    ("some", "none"),
    [
        ('{"items":[{"k":1,"n":"a"}]}', '{"items":[]}'),
        ('{"total":1,"items":[{"k":1,"n":"a"}]}', '{"total":0,"items":null}'),
        ('{"total":1,"items":[{"k":1,"n":"a"}]}', '{"total":0}'),
        ('[{"k":1,"n":"a"}]', "[]"),
        ('{"0":{"k":1,"n":"a"}}', "[]"),
        ('{"k":[1],"n":["a"]}', "{}"),
        ('{"columns":["k","n"],"data":[[1,"a"]]}', '{"columns":["k","n"],"data":[]}'),
    ],
)
def test_a_document_without_a_record_adds_no_rows_to_its_table(tmp_path, some, none):
    import_text(tmp_path, "some.json", some, table_name="t")

    found = import_text(tmp_path, "none.json", none, table_name="t")

    assert counts(found) == ("success", 0, 0)
    assert [(row["k"], row["n"]) for row in rows_of("t")] == [(1, "a")]
    undo_import(found.pk, TESTER)
    redo_import(found.pk, TESTER)


def test_a_document_without_a_record_needs_a_table_or_a_mapping(tmp_path):
    with pytest.raises(UnreadableFile, match="no rows"):
        import_text(tmp_path, "empty.json", "[]", table_name="t")
    with pytest.raises(UnreadableFile, match="no rows"):
        detect(tmp_path, "empty.json", "[]", table_name="t")
    import_text(tmp_path, "a.csv", "k,n\n1,x\n", table_name="of_csv")

    assert counts(import_text(tmp_path, "empty.json", "[]", table_name="of_csv")) == ("success", 0, 0)
    mapped = import_text(
        tmp_path, "none.json", '{"items":[]}', table_name="t", mappings={"k": "K", "n": "N"}, db_schema={"k": "INTEGER"}
    )
    assert (counts(mapped), [columns_of("t")[name] for name in "kn"]) == (("success", 0, 0), ["integer", "text"])


def test_the_preview_of_a_document_without_a_record_shows_the_columns_of_its_table(tmp_path):
    import_text(tmp_path, "some.json", '{"items":[{"k":1,"n":"a"}]}', table_name="t")

    findings = detect(tmp_path, "none.json", '{"items":[]}', table_name="t")

    assert [column["name"] for column in findings["columns"]] == ["k", "n"]
    assert (findings["rows"], findings["strategy"]) == (0, "merge_exact")


def test_the_path_of_the_last_import_does_not_hold_for_a_document_of_another_kind(tmp_path):
    import_text(tmp_path, "two.xml", TWO, table_name="t")

    other = "<list><row><Id>7</Id><N>x</N></row><row><Id>8</Id><N>y</N></row></list>"
    found = import_text(tmp_path, "other.xml", other, table_name="t")
    as_json = import_text(tmp_path, "other.json", '{"rows":[{"Id":9,"N":"z"}]}', table_name="t")

    assert counts(found) == ("success", 2, 2)
    assert counts(as_json) == ("success", 1, 1)
    again = import_text(tmp_path, "three.xml", TWO.replace("1", "4"), table_name="t")
    assert again.mapping_config["source_options"]["record_path"] == "/Resp/Items/Item"


def test_the_path_of_an_undone_import_does_not_hold(tmp_path):
    import_text(tmp_path, "one.xml", "<r><a><k>1</k></a><b><k>2</k></b><b><k>3</k></b></r>", table_name="t")
    other = import_text(tmp_path, "a.xml", "<r><a><k>5</k></a><b><k>6</k></b></r>", table_name="t",
                        source_options={"record_path": "/r/a"})  # fmt: skip
    undo_import(other.pk, TESTER)

    found = import_text(tmp_path, "b.xml", "<r><a><k>7</k></a><b><k>8</k></b></r>", table_name="t")

    assert found.mapping_config["source_options"]["record_path"] == "/r/b"


def test_a_record_of_the_table_stays_one_when_it_gets_a_list(tmp_path):
    import_text(tmp_path, "first.json", '{"k":1,"lines":[]}', table_name="t")

    found = import_text(tmp_path, "second.json", '{"k":2,"lines":[{"x":1},{"x":2}]}', table_name="t")

    assert counts(found) == ("success", 1, 1)
    assert [row["k"] for row in rows_of("t")] == [1, 2]


def test_an_empty_page_is_one_row_with_a_warning_and_so_is_the_next_page(tmp_path):
    empty = import_text(tmp_path, "empty.json", '{"count":0,"results":[]}', table_name="t")
    full = import_text(tmp_path, "full.json", '{"count":2,"results":[{"k":1},{"k":2}]}', table_name="t")

    assert counts(empty) == counts(full) == (ImportStatus.SUCCESS, 1, 1)
    assert warnings_of(empty) == [("empty_list_in_row", {"path": "/results"})]
    assert warnings_of(full) == [("possible_records", {"path": "/results"})]


def test_an_empty_page_has_no_rows_where_its_path_is_given(tmp_path):
    options = {"source_options": {"record_path": "/results"}}
    full = import_text(tmp_path, "full.json", '{"count":2,"results":[{"k":1},{"k":2}]}', table_name="t", **options)
    empty = import_text(tmp_path, "empty.json", '{"count":0,"results":[]}', table_name="t")

    assert [counts(full), counts(empty)] == [(ImportStatus.SUCCESS, 2, 2), (ImportStatus.SUCCESS, 0, 0)]
    assert (
        "/results" in detect(tmp_path, "e.json", '{"count":0,"results":[]}', table_name="new")["choices"]["record_path"]
    )


@pytest.mark.parametrize("text", ['{"id":1,"tags":["a"]}', '{"id":1,"tags":null}', '[{"id":1,"tags":[]}]'])
def test_a_row_without_an_empty_list_of_its_document_gives_no_warning(tmp_path, text):
    assert warnings_of(import_text(tmp_path, "a.json", text, table_name="t")) == []


def test_records_of_a_list_at_the_top_may_come_in_a_document(tmp_path):
    import_text(tmp_path, "first.json", '[{"k":1}]', table_name="t")

    found = import_text(tmp_path, "second.json", '{"items":[{"k":2},{"k":3}]}', table_name="t")

    assert counts(found) == ("success", 2, 2)


def test_a_path_that_is_asked_for_is_obeyed_before_that_of_the_last_import(tmp_path):
    import_text(tmp_path, "a.json", '{"a":[{"k":1}],"b":[{"k":2},{"k":3}]}', table_name="t")

    found = import_text(
        tmp_path, "b.json", '{"a":[{"k":4}],"b":[]}', table_name="t", source_options={"record_path": "/a"}
    )

    assert [row["k"] for row in rows_of("t")] == [2, 3, 4]
    assert found.mapping_config["source_options"]["record_path"] == "/a"


def test_an_import_that_ended_meanwhile_decides_the_path_under_the_lock(tmp_path, monkeypatch):
    from imports.loading import pipeline

    import_text(tmp_path, "first.json", '{"a":[{"k":1},{"k":2}],"b":[{"k":3}]}', table_name="t")
    locked, entered = pipeline.table_lock, []

    def another_import_first(*args, **kwargs):
        if not entered:
            entered.append(True)
            import_text(tmp_path, "second.json", '{"a":[{"k":4}],"b":[{"k":5}]}', table_name="t",
                        source_options={"record_path": "/b"})  # fmt: skip
        return locked(*args, **kwargs)

    monkeypatch.setattr(pipeline, "table_lock", another_import_first)
    found = import_text(tmp_path, "third.json", '{"a":[{"k":6}],"b":[{"k":7}]}', table_name="t")

    assert found.mapping_config["source_options"]["record_path"] == "/b"
    assert [row["k"] for row in rows_of("t")] == [1, 2, 5, 7]


def test_a_mapped_key_that_a_document_does_not_have_is_left_out(tmp_path):
    first = '[{"k":1,"n":"a","more":{"x":5}}]'
    mapping = detect(tmp_path, "first.json", first, table_name="t")["mapping"]
    import_text(tmp_path, "first.json", first, **mapping)

    found = import_text(tmp_path, "second.json", '[{"k":2},{"k":3,"n":"c"}]', **mapping)
    bare = import_text(tmp_path, "third.xml", "<r><o><k>4</k></o></r>", **{**mapping, "source_options": {}})
    without_types = import_text(
        tmp_path, "fourth.json", '[{"k":5}]', table_name="t", mappings={"k": "k", "more_x": "more.x"}
    )

    assert [(row["k"], row["n"], row["more_x"]) for row in rows_of("t")] == [
        (1, "a", 5), (2, None, None), (3, "c", None), (4, None, None), (5, None, None),
    ]  # fmt: skip
    assert "Not in this file, left empty: more.x." in found.warnings
    assert "Not in this file, left empty: n, more.x." in bare.warnings
    assert without_types.status == ImportStatus.SUCCESS


def test_a_mapped_key_that_no_file_had_is_refused(tmp_path):
    import_text(tmp_path, "first.json", '[{"k":1,"n":"a"}]', table_name="t")

    for mappings in ({"k": "k", "n": "nn"}, {"k": "k", "other": "o"}):
        with pytest.raises(MappingDoesNotFit, match="not found in the file"):
            import_text(tmp_path, "second.json", '[{"k":2}]', table_name="t", mappings=mappings)
    with pytest.raises(MappingDoesNotFit, match="not found in the file"):
        import_text(tmp_path, "third.json", '[{"z":2}]', table_name="t", mappings={"k": "k", "n": "n"})
    with pytest.raises(MappingDoesNotFit, match="not found in the file"):
        import_text(tmp_path, "a.csv", "k\n2\n", table_name="t", mappings={"k": "k", "n": "n"})


def test_children_that_were_lists_in_the_last_file_of_a_table_are_lists(tmp_path):
    import_text(tmp_path, "a.xml", "<r><o><k>1</k><t>a</t><t>b</t></o><o><k>2</k><t>c</t></o></r>", table_name="t")

    import_text(tmp_path, "b.xml", "<r><o><k>3</k><t>d</t></o></r>", table_name="t")

    assert [row["t"] for row in rows_of("t", where="k > 1")] == ['["c"]', '["d"]']


def test_children_that_become_lists_give_a_warning(tmp_path):
    import_text(tmp_path, "a.xml", "<r><o><k>1</k><t>a</t></o><o><k>2</k><t>c</t></o></r>", table_name="t")

    found = import_text(tmp_path, "b.xml", "<r><o><k>3</k><t>d</t><t>e</t></o></r>", table_name="t")

    assert [row["t"] for row in rows_of("t")] == ["a", "c", '["d","e"]']
    assert any("/r/o/t" in warning and "JSON list" in warning for warning in found.warnings)
