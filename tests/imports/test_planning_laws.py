"""Laws of the decisions about a file: the order of its columns means nothing, and a preview proposes what is done."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.analysis.analyse import analyse
from imports.mapping import parse_mapping
from imports.sources.upload import from_disk
from tests.importing import columns_of, import_path, import_text, query

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

#: Header -> values. Many fit several readings, and some decide for others.
COLUMNS = {
    "dots": ["1.234", "2.500", "3.100"],
    "dots and short": ["1.000", "3", "12.000"],
    "commas": ["1,234", "2,500", "3,100"],
    "decimal comma": ["2,50", "3,99", "1,00"],
    "decimal dot": ["2.50", "3.99", "1.00"],
    "both marks": ["1.250,00", "3,99", "12,50"],
    "dates": ["03/04/2024", "05/06/2024", "01/02/2024"],
    "days first": ["25/12/2024", "01/02/2024", "03/04/2024"],
    "months first": ["12/25/2024", "01/02/2024", "03/04/2024"],
    "short years": ["01/02/03", "04/05/06", "07/08/09"],
    "len": ["03:45", "04:20", "02:59"],
    "ids": ["101,102,103", "204,305", "101"],
    "host": ["192.168.100.101", "192.168.100.102", "10.200.100.250"],
    "nearly": ["1", "2", "unknown"],
    "amounts": ["$5.00", "($12.50)", "$-3.00"],
    "land": ["NO", "NO", "NO"],
    "code": ["007", "008", "019"],
    "words": ["a", "b", "c"],
}
SOME = st.lists(st.sampled_from(sorted(COLUMNS)), min_size=2, max_size=6, unique=True)
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
numbers = count()


def text_of(headers, delimiter):
    rows = zip(*(COLUMNS[header] for header in headers), strict=True)
    return "".join(delimiter.join(row) + "\n" for row in [headers, *rows])


def contents(table):
    """Return each column's type and values, by name."""
    tracked = {"id", "_import_id", "_imported_at", "_source_row_number", "_corrections_applied"}
    types = {name: type_ for name, type_ in columns_of(table).items() if name not in tracked}
    return {
        name: (type_, [value for (value,) in query(f'SELECT "{name}"::text FROM "{table}" ORDER BY id')])
        for name, type_ in types.items()
    }


def warnings_of(record):
    return sorted((one["code"], one["params"].get("column", "")) for one in record.warning_details)


@QUICK
@given(data=st.data(), headers=SOME, delimiter=st.sampled_from("|;\t"))
def test_the_order_of_columns_means_nothing(tmp_path, data, headers, delimiter):
    permuted = data.draw(st.permutations(headers))
    one, other = f"law{next(numbers)}", f"law{next(numbers)}"

    first = import_text(tmp_path, "first.csv", text_of(headers, delimiter), table_name=one)
    second = import_text(tmp_path, "second.csv", text_of(permuted, delimiter), table_name=other)

    assert contents(one) == contents(other)
    assert warnings_of(first) == warnings_of(second)


@QUICK
@given(data=st.data(), headers=SOME, more=SOME, delimiter=st.sampled_from("|;"))
def test_the_order_of_columns_means_nothing_for_a_table_that_exists(tmp_path, data, headers, more, delimiter):
    permuted = data.draw(st.permutations(more))
    one, other = f"law{next(numbers)}", f"law{next(numbers)}"
    how = {"strategy": "extend_table", "check_duplicates": False}
    if not set(headers) & set(more):
        more, permuted = [headers[0], *more], [*permuted, headers[0]]
    import_text(tmp_path, "first.csv", text_of(headers, delimiter), table_name=one)
    import_text(tmp_path, "first.csv", text_of(headers, delimiter), table_name=other)

    import_text(tmp_path, "second.csv", text_of(more, delimiter), table_name=one, **how)
    import_text(tmp_path, "second.csv", text_of(permuted, delimiter), table_name=other, **how)

    assert contents(one) == contents(other)


@QUICK
@given(headers=SOME, delimiter=st.sampled_from("|;\t"))
def test_an_import_as_proposed_is_an_import_without_a_preview(tmp_path, headers, delimiter):
    one, other = f"law{next(numbers)}", f"law{next(numbers)}"
    (tmp_path / "t.csv").write_text(text_of(headers, delimiter))
    with from_disk(tmp_path / "t.csv") as source:
        proposed = analyse(source, parse_mapping({"table_name": one}))["mapping"]

    import_path(tmp_path / "t.csv", **proposed)
    import_path(tmp_path / "t.csv", table_name=other)

    assert contents(one) == contents(other)
