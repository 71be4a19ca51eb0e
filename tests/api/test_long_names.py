"""Names of hundreds of kilobytes are cut before they are used, at every endpoint."""

import json
import time
from io import BytesIO
from urllib.parse import quote

import pytest
from openpyxl import Workbook

from imports.history import start_import_tracking
from imports.identifiers import cut_name
from imports.models import ImportHistory
from tests.api.conftest import ApiClient
from tests.importing import columns_of, rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

#: Unicode sorts a row of these by their classes, in the square of the time: minutes for 400 KB.
MARKS = "\u0345\u0334" * 100_000
LONG_NAMES = {"marks": MARKS, "letters": "x" * 400_000, "spaces": f"x{' ' * 400_000}!", "quotes": "'\"`(" * 100_000}
SECONDS = 5  # of processor time


@pytest.fixture(params=LONG_NAMES.values(), ids=LONG_NAMES)
def name(request):
    return request.param


@pytest.fixture
def quick(importer, auditor):
    """Nothing that the test does takes long. Signing in is done by then: passwords are hashed slowly on purpose."""
    began = time.process_time()
    yield
    assert time.process_time() - began < SECONDS


def csv_of(*header):
    quoted = ",".join('"' + one.replace('"', '""') + '"' for one in header)
    return f"{quoted}\n{','.join('1' for _ in header)}\n"


def test_a_table_name(importer, quick, name):
    for answer in (
        importer.upload("a.csv", "a\n1\n", {"table_name": name}),
        importer.send(json.dumps({"mapping": {"table_name": f"{name}2"}, "records": [{"a": 1}]})),
        importer.upload("a.csv", "a\n1\n", {"table_name": f"{name}3"}, "/detect-mapping"),
        importer.upload("a.csv", "a\n1\n", {"table_name": f"{name}4"}, "/map-data?background=true"),
    ):
        assert answer.status_code == 400, answer.json()
        assert answer.json()["error"]["details"]["reason"] == "name_too_long"
        assert len(answer.content) < 1_000
    assert not ImportHistory.objects.exists()


@pytest.mark.parametrize(
    "mapping",
    [
        lambda name: {"mappings": {f"t{name}": "a"}},
        lambda name: {"mappings": {"t": name}},
        lambda name: {"db_schema": {f"t{name}": "TEXT"}},
        lambda name: {"db_schema": {"a": name}},
        lambda name: {"unique_columns": [name]},
        lambda name: {"mappings": {"t": "a"}, "unique_columns": [name]},
        lambda name: {name: 1},
        lambda name: {"strategy": name},
        lambda name: {"rules": {"transformations": [{"type": "trim", "field": name}]}},
        lambda name: {"rules": {"transformations": [{"type": name, "field": "a"}]}},
        lambda name: {"rules": {"filter_rows": [{"field": name, "operator": "is_null"}]}},
        lambda name: {"rules": {"datetime_transformations": [{"field": name, "source_format": "%Y"}]}},
        lambda name: {"source_options": {"encoding": name}},
        lambda name: {"source_options": {"sheet": name, "record_path": name, "member": name}},
    ],
)
def test_names_in_a_mapping(importer, quick, name, mapping):
    for address in ("/map-data", "/detect-mapping"):
        answer = importer.upload("a.csv", "a,b\n1,2\n", mapping(name), address)
        assert answer.status_code in (200, 400, 422), answer.json()


def workbook_of(*header):
    workbook, content = Workbook(), BytesIO()
    workbook.active.append([one[-32_000:] for one in header])
    workbook.active.append([1] * len(header))
    workbook.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("file_name", "content"),
    [
        ("a.csv", csv_of),
        ("a.xlsx", workbook_of),
        ("a.json", lambda *header: json.dumps([dict.fromkeys(header, 1)])),
        ("a.json", lambda *header: json.dumps([{"deep": dict.fromkeys(header, 1)}])),
    ],
    ids=["csv", "excel", "json", "nested json"],
)
def test_headers_that_begin_alike_are_columns_of_their_own(importer, quick, name, file_name, content):
    file = content(f"{name}1", f"{name}2", "n")
    for address in ("/map-data", "/detect-mapping", "/map-data"):
        answer = importer.upload(file_name, file, {"table_name": "t"}, address)
        assert answer.status_code in (200, 409), answer.json()
    assert len([column for column in columns_of("t") if column[0] != "_"]) == 4
    assert len(rows_of("t")) == 1
    errors = importer.get(f"/import-history/{ImportHistory.objects.get().pk}/mapping-errors")
    assert errors.status_code == 200


def test_names_of_xml(importer, quick):
    name = "x" + MARKS[:20_000]  # the parser itself refuses names of over 50,000 bytes
    text = f"<r><p><{name}1>1</{name}1><{name}2>2</{name}2></p><p><{name}1>1</{name}1></p></r>"
    for address in ("/map-data", "/detect-mapping"):
        answer = importer.upload("a.xml", text, {"table_name": "t"}, address)
        assert answer.status_code == 200, answer.json()
    assert len([column for column in columns_of("t") if column[0] != "_"]) == 3


def test_a_long_header_with_errors_is_told(importer, quick, name):
    mapping = {"table_name": "t", "mappings": {"n": cut_name(f"{name}1"), "m": "b"}, "db_schema": {"n": "INTEGER"}}
    answer = importer.upload("a.csv", csv_of(f"{name}1", "b") + "x,1\ny,2\n", mapping)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["mapping_errors_count"] == 2
    assert len(answer.content) < 10_000


def test_a_table_of_a_version_that_kept_long_headers_whole_takes_its_next_file(importer):
    header = f"Größe {'x' * 700}"
    importer.upload("a.csv", csv_of(header, "b"), {"table_name": "t"})
    record = ImportHistory.objects.get()
    config = json.loads(json.dumps(record.mapping_config).replace(json.dumps(cut_name(header)), json.dumps(header)))
    assert config["header"] == [header, "b"]
    ImportHistory.objects.filter(pk=record.pk).update(mapping_config=config)

    for strategy in ("auto", "merge_exact"):
        mapping = {"table_name": "t", "strategy": strategy, "duplicate_check": {"force_import": True}}
        answer = importer.upload("a.csv", csv_of(header, "b"), mapping)
        assert answer.status_code == 200, answer.json()
    assert len([column for column in columns_of("t") if column[0] != "_"]) == 3
    importer.post(f"/import-history/{record.pk}/undo")
    assert importer.post(f"/import-history/{record.pk}/redo").status_code == 200


ADDRESSES = [
    "/tables/{}", "/tables/{}/schema", "/tables/{}/lineage", "/tables/{}/columns", "/tables/{}/rows/1/lineage",
    "/tables/{}/export.csv", "/import-history?table_name={}", "/import-statistics?table_name={}",
    "/lineage/graph?table_name={}", "/ui/tables/{}", "/ui/imports?table={}", "/tables/t?order_by={}",
    "/tables/t?sort={}", "/tables/t?filter={}", "/tables/t?{}=1", "/ui/tables/t?{}=1", "/ui/tables/t?sort={}",
    "/files/{}/lineage", "/import-history/{}", "/tasks/{}", "/audit-log?subject={}",
]  # fmt: skip


def test_names_in_addresses(importer, auditor, quick, name):
    importer.upload("t.csv", "a\n1\n")
    quoted = quote(name, safe="")

    answers = {address: auditor.get(address.format(quoted)) for address in ADDRESSES}

    assert {a: one.content[:500] for a, one in answers.items() if one.status_code not in (200, 302, 400, 404)} == {}


def test_the_pages(importer, quick, name):
    page = ApiClient()
    page.force_login(importer.user)
    answer = importer.upload("a.csv", csv_of(f"{name}1", f"{name}2"), {}, "/detect-mapping")
    address = f"/ui/upload/{answer.json()['analysis_id']}"

    form = page.get(address).context["form"]
    fields = {bound.html_name: bound.initial for bound in form if bound.initial not in (None, False)}
    refused = page.post(address, fields | {"table_name": name, "name_0": name, "rules": name, "read-sheet": name})
    done = page.post(address, fields | {"table_name": "t"})

    assert refused.status_code == 200
    assert done.status_code == 302
    assert page.get(done["Location"]).status_code == 200
    assert len(rows_of("t")) == 1


def test_tracking_by_the_caller_s_own_code(quick, name):
    import_id = start_import_tracking("api_direct", f"{name}.csv", name)

    assert ImportHistory.objects.get(pk=import_id).table_name == name[:255]
