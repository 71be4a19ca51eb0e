"""JSON that is nested 100,000 deep is a 400 at every address, wherever it is sent."""

import json
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator

pytestmark = pytest.mark.usefixtures("in_this_process")

DEEP = {"lists": "[" * 100_000 + "]" * 100_000, "objects": '{"a":' * 100_000 + "1" + "}" * 100_000}
DEEP["fewer objects"] = '{"a":' * 10_000 + "1" + "}" * 10_000
#: As deep as Python's decoder goes, about: one more step of ours must not be one too many.
NEAR = {f"{levels} levels": "[" * levels + "]" * levels for levels in range(940, 1_000, 10)}
UNKNOWN = {"import_id": "550e8400-e29b-41d4-a716-446655440000", "table_name": "t", "row_id": "1", "kind": "csv"}


def addresses():
    """Method and address of every operation that takes a body."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    for path, operations in schema["paths"].items():
        for name in {part[1:-1] for part in path.split("/") if part.startswith("{")}:
            path = path.replace(f"{{{name}}}", UNKNOWN.get(name, UNKNOWN["import_id"]))
        yield from ((method, path) for method in operations if method in ("post", "put", "patch", "delete"))


@pytest.mark.parametrize("deep", DEEP.values(), ids=DEEP)
def test_a_body_is_refused_at_every_address(api, deep):
    asked = list(addresses())
    assert ("post", "/map-data") in asked and len(asked) >= 8

    for method, address in asked:
        for body in (deep, f'{{"records":[{deep}]}}', f'{{"mapping":{deep}}}', f'{{"reason":{deep}}}'):
            answer = getattr(api, method)(address, body, content_type="application/json")
            assert answer.status_code in (400, 404, 405, 413, 415), (method, address, answer.content[:300])
            assert answer.json()["success"] is False
            assert len(answer.content) < 2_000


@pytest.mark.parametrize("text", [*DEEP.values(), *NEAR.values()], ids=[*DEEP, *NEAR])
def test_records_and_mappings_are_refused(importer, text):
    for body in (
        f'{{"records":[{{"a":{text}}}]}}', f'{{"records":[{{"a":1}}],"mapping":{{"rules":{text}}}}}',
        f'{{"records":[{{"a":1}}],"other":{text}}}',
    ):  # fmt: skip
        assert importer.send(body).status_code == 400
    for address in ("/map-data", "/detect-mapping"):
        form = {"file": SimpleUploadedFile("a.csv", b"a\n1\n"), "mapping_json": f'{{"rules":{text}}}'}
        assert importer.post(address, form).status_code == 400
        mapping = {"rules": {"filter_rows": text}}
        assert importer.upload("a.csv", "a\n1\n", mapping, address).status_code == 400


@pytest.mark.parametrize("deep", DEEP.values(), ids=DEEP)
def test_parameters_and_pages_are_refused(importer, auditor, deep):
    importer.upload("t.csv", "a\n1\n")
    analysis = importer.upload("u.csv", "a\n1\n", {}, "/detect-mapping").json()["analysis_id"]
    importer.force_login(importer.user)
    page = f"/ui/upload/{analysis}"

    for parameter in ("a", "search", "ordering", "limit"):
        answer = auditor.get(f"/tables/t?{parameter}={quote(deep[:50_000])}")
        assert answer.status_code in (200, 400), answer.content[:300]
    assert importer.post(page, {"table_name": "u", "rules": deep}).status_code in (200, 400)
    assert importer.post(page, {"table_name": "u", "rules": json.dumps(deep)}).status_code in (200, 400)


@pytest.mark.parametrize("deep", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.ndjson", "a.xml"])
def test_values_and_files_are_read_or_refused(importer, name, deep):
    contents = {
        "a.csv": "a,b\n" + f'"{deep.replace(chr(34), chr(34) * 2)}",1\n', "a.json": f'[{{"a":{deep}}}]',
        "a.ndjson": f'{{"a":1}}\n{{"a":{deep}}}\n', "a.xml": f"<r><p><a>{deep}</a></p><p><a>1</a></p></r>",
    }  # fmt: skip
    for mapping in ({}, {"db_schema": {"a": "JSONB"}}):
        for address in ("/detect-mapping", "/map-data"):
            answer = importer.upload(name, contents[name], mapping | {"table_name": "t"}, address)
            assert answer.status_code in (200, 400, 409, 422), answer.content[:300]
            assert len(answer.content) < 20_000
