"""Values sent as binary equal those that PostgreSQL parses from text."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from imports.column_types.wire import numeric_field
from imports.tables.rows import copy_in
from tests.importing import query

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def stored(texts):
    """Return the texts that a NUMERIC column stores of one batch of canonical texts."""
    query("CREATE TEMPORARY TABLE numbers (id serial, n numeric)")
    statement = sql.SQL("COPY numbers (n) FROM STDIN (FORMAT binary)").format()
    copy_in(statement, [numeric_field(pa.array(texts, pa.string()))])
    found = [text for (text,) in query("SELECT n::text FROM numbers ORDER BY id")]
    query("DROP TABLE numbers")
    return found


@pytest.mark.parametrize(
    "texts",
    [
        ["0", "1", "-1", "10000", "99999999", "0.5", "-0.05", "1.10", "12.3400", None],
        ["0.8444218515250481", "10.357019999999999", "8.05546", "-123456789.000000001", "0.00000000000000000001", None],
        ["1234567890123456.12345678901234567890", "9999999999999999", "0.0001", "1"],
        ["12345678901234567890123456789.5", "2.50", None, "0.000000000000000000000000001", "-7"],
        ["1" + "0" * 40, "0." + "0" * 30 + "1"],
    ],
)
def test_numbers_keep_their_digits(texts):
    assert stored(texts) == texts


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.from_regex(r"\A(?:0|[1-9][0-9]{0,24})(?:\.[0-9]{1,25})?\Z"), min_size=1, max_size=20), st.booleans())
def test_every_number_is_stored_exactly(numbers, negative):
    texts = [f"-{text}" if negative and text.strip("0.") else text for text in numbers]

    assert stored(texts) == texts
