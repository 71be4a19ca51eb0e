"""A header that is repeated among the records: read, kept, counted, and no row."""

import json

import pytest

from imports.models import KeptRecord, MappingError
from tests.importing import columns_of, import_text, rows_of

TEXT = "day,n\n2024-01-05,1\nday,n\n2024-01-06,2\n"


@pytest.mark.usefixtures("atlas_db")
@pytest.mark.parametrize("rules", [{}, {"filter_rows": [{"field": "n", "operator": "not_equals", "value": "2"}]}])
def test_it_is_filtered_and_no_error(tmp_path, rules):
    found = import_text(tmp_path, "t.csv", TEXT, table_name="t", rules=rules)

    kept = 2 if rules else 1
    assert (found.status, found.total_rows_in_file, found.rows_filtered) == ("success", 3, kept)
    assert [(row["n"], row["_source_row_number"]) for row in rows_of("t")] == [(1, 1), (2, 3)][: 3 - kept]
    assert (columns_of("t")["day"], columns_of("t")["n"]) == ("date", "integer")
    assert not MappingError.objects.exists()
    repeated = KeptRecord.objects.get(record_number=2)
    assert (repeated.fate, repeated.reason_code, repeated.reason, repeated.location) == (
        "filtered", "repeated_header", "line 3 repeats the header", "line 3",
    )  # fmt: skip
    assert json.loads(bytes(repeated.original)) == ["day", "n"]
