"""A proposed mapping, sent back as it is, imports the same file to the same table, and other files of its kind."""

import json
import shutil

import pytest
from django.conf import settings
from openpyxl import Workbook

from imports.analysis.analyse import analyse
from imports.mapping import parse_mapping
from imports.sources import upload
from tests.conftest import empty_database
from tests.importing import columns_of, import_path, import_text, rows_of
from tests.imports.test_corpus import CORPUS, NAMES, SUFFIX


@pytest.fixture(scope="module")
def corpus_db(django_db_setup, django_db_blocker):
    """One database for all files: each has tables of its own."""
    with django_db_blocker.unblock():
        yield
        empty_database()
    shutil.rmtree(settings.DATA_DIR / "sources", ignore_errors=True)


def proposed(path, **mapping):
    with upload.from_disk(path) as source:
        return analyse(source, parse_mapping(mapping))["mapping"]


def made(table, found):
    """What an import made: columns, rows and counts, without ids, times and warnings."""
    rows = [{k: v for k, v in row.items() if k not in ("_import_id", "_imported_at")} for row in rows_of(table)]
    counts = (found.status, found.total_rows_in_file, found.rows_inserted, found.rows_skipped, found.duplicates_found,
              found.mapping_errors_count, found.validation_errors)  # fmt: skip
    return columns_of(table), rows, counts, found.mapping_config["header"]


READABLE = [name for name in NAMES if "refused" not in json.loads((CORPUS / (name + SUFFIX)).read_text())]
#: Some of each format are enough for every run; all of them take minutes.
EACH = [
    name if position % 12 == 0 else pytest.param(name, marks=pytest.mark.long) for position, name in enumerate(READABLE)
]


@pytest.mark.parametrize("name", EACH)
def test_a_proposed_mapping_makes_the_same_table_of_the_same_file(corpus_db, name):
    path = CORPUS / name
    plain, mapped = (f"{kind}_{abs(hash(name))}" for kind in ("plain", "mapped"))
    expected = made(plain, import_path(path, table_name=plain))

    found = import_path(path, **proposed(path, table_name=mapped))

    assert made(mapped, found) == expected


def workbook(path, *records):
    """A workbook whose second sheet has the table, below a title."""
    book = Workbook()
    book.active.title = "About"
    book.active.append(["made", "today"])
    sheet = book.create_sheet("Data")
    sheet.append(["Report of a department"])
    sheet.append([])
    for record in (("k", "n"), *records):
        sheet.append(record)
    book.save(path)


# name: first file, another of its kind, options in the mapping
KINDS = {
    "title.csv": ("Report\n\nk;n\n1;a\n2;b\n", "Report\n\nk;n\n3;c\n", {"header_row": 3}),
    "no_header.csv": ("1,7\n2,8\n", "3,9\n", {"header_row": 0}),
    "list.json": ('{"on":1,"items":[{"k":1,"n":"a"},{"k":2,"n":"b"}]}', '{"items":[{"k":3,"n":"c"}]}',
                  {"record_path": "/items"}),
    "split.json": ('{"columns":["k","n"],"data":[[1,"a"],[2,"b"]]}', '{"columns":["n","k"],"data":[["c",3]]}',
                   {"record_path": "/data", "header_path": "/columns"}),
    "columns.json": ('{"k":{"0":1,"1":2},"n":{"0":"a","1":"b"}}', '{"k":{"0":3},"n":{"0":"c"}}', {"record_path": "/|"}),
    "rows.json": ('[["k","n"],[1,"a"],[2,"b"]]', '[["k","n"],[3,"c"]]', {"record_path": "", "header_row": 1}),
    "lines.json": ('{"k":1,"n":"a"}\n{"k":2,"n":"b"}\n', '{"k":3,"n":"c"}\n', {"record_path": "lines"}),
    "one.ndjson": ('{"k":1,"n":"a"}\n', '{"k":2,"n":"b"}\n{"k":3,"n":"c"}\n', {"record_path": "lines"}),
    "list.xml": ("<r><o><k>1</k></o><o><k>2</k></o></r>", "<r><o><k>3</k></o></r>", {"record_path": "/r/o"}),
    "lists.xml": ("<r><o><k>1</k><n>a</n><n>b</n></o><o><k>2</k></o></r>", "<r><o><k>3</k><n>c</n></o></r>",
                  {"record_path": "/r/o", "lists": ["/r/o/n"]}),
    "named.xml": ('<r><o><x name="k">1</x><x name="n">a</x></o><o><x name="k">2</x><x name="n">b</x></o></r>',
                  '<r><o><x name="k">3</x></o></r>', {"record_path": "/r/o", "named_fields": ["/r/o/x"]}),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_proposed_mapping_imports_another_file_of_its_kind(atlas_db, tmp_path, name):
    first, second, options = KINDS[name]
    path = tmp_path / name
    path.write_text(first)
    mapping = proposed(path, table_name="t")

    assert mapping["source_options"] == options
    import_text(tmp_path, name, first, **mapping)
    import_text(tmp_path, name, second, **mapping)

    key = "column_1" if name == "no_header.csv" else "k"
    assert [row[key] for row in rows_of("t")] == [1, 2, 3]


def test_a_proposed_mapping_imports_another_workbook_of_its_kind(atlas_db, tmp_path):
    workbook(tmp_path / "a.xlsx", (1, "a"), (2, "b"))
    workbook(tmp_path / "b.xlsx", (3, "c"))

    mapping = proposed(tmp_path / "a.xlsx", table_name="t", source_options={"sheet": "Data"})
    import_path(tmp_path / "a.xlsx", **mapping)
    import_path(tmp_path / "b.xlsx", **mapping)

    assert mapping["source_options"] == {"sheet": "Data", "header_row": 3}
    assert [row["k"] for row in rows_of("t")] == [1, 2, 3]


def test_a_proposed_mapping_names_no_sheet_where_there_is_only_one(atlas_db, tmp_path):
    book = Workbook()
    book.active.title = "January"
    for record in (("k",), (1,)):
        book.active.append(record)
    book.save(tmp_path / "a.xlsx")

    assert proposed(tmp_path / "a.xlsx")["source_options"] == {"header_row": 1}
