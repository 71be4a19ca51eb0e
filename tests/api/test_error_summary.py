"""GET /import-history/{id}/mapping-errors/summary: what did not fit, those of one kind together."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.history import tracking
from imports.models import ImportHistory, MappingError
from tests.importing import import_path, import_text
from tests.imports.reading import FILES

pytestmark = pytest.mark.usefixtures("in_this_process")

NO_INTEGER = {"code": "not_an_integer", "params": {}}
INTEGERS = {"db_schema": {"age": "INTEGER", "n": "INTEGER"}}


def summary(client, record, query=""):
    response = client.get(f"/import-history/{record.pk}/mapping-errors/summary?{query}")
    assert response.status_code == 200, response.content
    return response.json()


def sample(number, location, value):
    return {"record_number": number, "location": location, "source_value": value}


WHOLE = {"message": "A whole number of at most 2,147,483,647, such as 1234", "example": "1234"}


def empty(token, mends):
    return {
        "kind": "null_token", "params": {"tokens": [token]}, "message": f"Leave the cells with “{token}” empty",
        "mends": mends, "of": mends, "mends_all": True, "samples": [{"before": token, "after": None}],
    }  # fmt: skip


def test_errors_with_one_cause_stand_together_the_biggest_first(auditor, tmp_path):
    text = "age,n\nx,1\nold,a\n99999999999,1\n'q',1\n?\n#old#,1\nx,1\n"
    record = import_text(tmp_path, "t.csv", text, **INTEGERS, source_options={"quote": '"'})

    age = {"source_field": "age", "target_field": "age", "rule": None, "expected": WHOLE}
    invalid = {"error_type": "type_mismatch", "message_pattern": "Value '{value}' is not a valid integer",
               "error_details": NO_INTEGER}  # fmt: skip
    assert summary(auditor, record) == {
        "success": True,
        "import_id": str(record.pk),
        "mapping_errors_count": 8,
        "groups": [
            {
                **age, **invalid, "shape": "a", "count": 3,
                "proposals": [{
                    "kind": "null_token", "params": {"tokens": ["x", "old"]},
                    "message": "Leave the cells with “x”, “old” empty", "mends": 3, "of": 3, "mends_all": True,
                    "samples": [{"before": "x", "after": None}, {"before": "old", "after": None}],
                }],
                "samples": [sample(1, "line 2", "x"), sample(2, "line 3", "old"), sample(7, "line 8", "x")],
            },
            {
                **age, **invalid, "source_field": "n", "target_field": "n", "shape": "a", "count": 1,
                "proposals": [empty("a", 1)], "samples": [sample(2, "line 3", "a")],
            },
            {
                **age, "error_type": "number_overflow", "shape": "9", "count": 1,
                "message_pattern": "Value '{value}' is out of range for INTEGER",
                "error_details": {"code": "out_of_range", "params": {"type": "INTEGER"}},
                "proposals": [], "samples": [sample(3, "line 4", "99999999999")],
            },
            {**age, **invalid, "shape": "'a'", "count": 1, "proposals": [empty("'q'", 1)],
             "samples": [sample(4, "line 5", "'q'")]},
            {
                "error_type": "too_few_fields", "source_field": "*", "target_field": "*", "shape": None, "count": 1,
                "message_pattern": "{location} has 1 value, expected 2",
                "error_details": {"code": "field_count", "params": {"found": 1, "expected": 2}},
                "rule": None, "expected": None, "proposals": [], "samples": [sample(5, "line 6", '["?"]')],
            },
            {**age, **invalid, "shape": "#a#", "count": 1, "proposals": [empty("#old#", 1)],
             "samples": [sample(6, "line 7", "#old#")]},
        ],
        "total_count": 6,
        "limit": 100,
        "offset": 0,
    }  # fmt: skip


JSON_LINES = '{"age": "x"}\n[1]\n{"age": "yy"}\n[2]\n'
XML = "<people><p><age>x</age></p><p><age>1</age></p><p><age>yy</age></p></people>"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "t.ndjson", JSON_LINES,
            [("Value '{value}' is not a valid integer", ["line 1", "line 3"]),
             ("{location} is not an object with named values", ["line 2", "line 4"])],
        ),
        ("t.xml", XML, [("Value '{value}' is not a valid integer", ["/people/p[1]", "/people/p[3]"])]),
    ],
)  # fmt: skip
def test_what_differs_between_records_does_not_part_them(auditor, tmp_path, name, text, expected):
    record = import_text(tmp_path, name, text, db_schema={"age": "INTEGER"})

    groups = summary(auditor, record)["groups"]

    assert [
        (group["message_pattern"], [sample["location"] for sample in group["samples"]]) for group in groups
    ] == expected  # fmt: skip


def test_cells_of_a_workbook_with_the_same_error_are_one_group(auditor, atlas_db):
    groups = summary(auditor, import_path(FILES / "excel" / "errors.xlsx"))["groups"]

    assert {group["error_type"] for group in groups} == {"excel_error_cell"}
    assert all(group["message_pattern"].startswith("cell {cell} contains #") for group in groups)


def test_values_longer_than_a_message_shows_are_one_kind(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", f"n\n{'x' * 101}\n{'y' * 600}\n1\n", db_schema={"n": "INTEGER"})

    assert [(group["message_pattern"], group["count"]) for group in summary(auditor, record)["groups"]] == [
        ("Value '{value}' is not a valid integer", 2)
    ]


def test_errors_that_own_code_recorded_are_grouped_too(auditor, atlas_db):
    import_id = tracking.start_import_tracking("api_direct", "t.csv", "t")
    errors = [{"error_message": "Broken"}, {"error_message": "Broken"}, {"error_message": "Empty", "source_value": ""}]
    tracking.record_mapping_errors_batch(import_id, errors)

    groups = summary(auditor, ImportHistory.objects.get(pk=import_id))["groups"]

    nowhere = sample(None, None, None)
    own = {"error_type": None, "source_field": None, "target_field": None, "shape": None, "error_details": None,
           "rule": None, "expected": None, "proposals": []}  # fmt: skip
    assert groups == [
        {**own, "message_pattern": "Broken", "count": 2, "samples": [nowhere, nowhere]},
        {**own, "message_pattern": "Empty", "count": 1, "samples": [sample(None, None, "")]},
    ]


def test_errors_of_an_older_version_are_grouped_by_type_and_field(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "age,n\nx,1\ny,a\n", **INTEGERS)
    MappingError.objects.update(error_details=None)

    groups = summary(auditor, record)["groups"]

    label = "Not a valid value for the column type."
    assert [(group["source_field"], group["message_pattern"], group["count"]) for group in groups] == [
        ("age", label, 2), ("n", label, 1),
    ]  # fmt: skip


def test_groups_are_paged(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "age,n\nx,a\ny,1\nz,b\n", **INTEGERS)

    body = summary(auditor, record, "limit=1&offset=1")

    assert [(group["source_field"], group["count"]) for group in body["groups"]] == [("n", 2)]
    assert (body["total_count"], body["limit"], body["offset"]) == (2, 1, 1)


def test_an_import_without_errors_has_no_groups(auditor, tmp_path):
    body = summary(auditor, import_text(tmp_path, "t.csv", "n\n1\n"))

    assert (body["groups"], body["total_count"], body["mapping_errors_count"]) == ([], 0, 0)


def test_a_limit_that_makes_no_sense_is_400(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "n\n1\n")

    assert auditor.get(f"/import-history/{record.pk}/mapping-errors/summary?limit=0").status_code == 400


def test_the_number_of_queries_does_not_grow(auditor, tmp_path):
    one = import_text(tmp_path, "one.csv", "n\nx\n1\n", db_schema={"n": "INTEGER"})
    many = import_text(tmp_path, "many.csv", "n,age\n" + "x,1\n2,y\n99999999999,3\n" * 50, **INTEGERS)

    assert queries_of(auditor, one) == queries_of(auditor, many)


def queries_of(client, record):
    with CaptureQueriesContext(connection) as captured:
        summary(client, record)
    return len(captured)
