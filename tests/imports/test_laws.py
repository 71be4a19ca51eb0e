"""Laws that hold for any table of texts, tried on a real database."""

import csv
import io
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports import pipeline
from imports.errors import AtlasError
from imports.models import ImportHistory
from imports.readers import open_reader
from tests.conftest import empty_database
from tests.importing import columns_of, import_text, query

pytestmark = pytest.mark.usefixtures("atlas_db")

ODD = [
    "1", "2.0", "2.50", "-3", "007", "1,5", "$4", "NA", "", " 7 ", "yes", "true", "x", "a\nb", 'q"q', "ü😀", "a\x00b",
    "2024-01-05", "2024-02-30", "10/09/2025 8:11 PM", "2013-01-01T06:00:00Z", "10:11", '{"a":1}', "99999999999",
    "123456789012345678901234567890.5", "1e3", "inf",
]  # fmt: skip
CELLS = st.one_of(st.sampled_from(ODD), st.text(alphabet="ab1.,- \\'\"\t", max_size=6))
TYPES = st.sampled_from(
    ["INTEGER", "BIGINT", "NUMERIC", "DOUBLE PRECISION", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME", "UUID",
     "JSONB", "TEXT", "VARCHAR(3)", "NUMERIC(4, 2)", None]
)  # fmt: skip


PATTERNS = st.sampled_from(["", "a", "[0-9]+", "^.", "\\s", "(a|1)*"])
CONDITIONS = st.one_of(
    st.fixed_dictionaries({"operator": st.sampled_from(["equals", "not_equals", "greater_than", "less_than"]),
                           "value": st.one_of(st.sampled_from(["1", "x", "a", "2024-01-05"]), st.integers(-3, 3))}),
    st.fixed_dictionaries({"operator": st.sampled_from(["in", "not_in"]),
                           "value": st.lists(st.sampled_from(["1", "x", 2, "NA"]), min_size=1)}),
    st.fixed_dictionaries({"operator": st.sampled_from(["is_null", "is_not_null"])}),
    st.fixed_dictionaries({"operator": st.just("matches"), "value": PATTERNS}),
    st.fixed_dictionaries({"operator": st.just("contains"), "value": st.sampled_from(["", "a", " "])}),
)  # fmt: skip


@st.composite
def rule_lists(draw, names):
    """rules of a mapping over these columns, each rule over what the ones before have made as well."""
    names, transformations = list(names), []
    for _ in range(draw(st.integers(0, 3))):
        field, other = draw(st.sampled_from(names)), draw(st.sampled_from(names))
        target, second = draw(st.permutations([*names[:2], "d0", "d1"]))[:2]
        rule = draw(st.sampled_from([
            {"type": "uppercase", "field": field},
            {"type": "lowercase", "field": field},
            {"type": "trim", "field": field},
            {"type": "regex_replace", "field": field, "pattern": draw(PATTERNS), "replacement": "-"},
            {"type": "split", "field": field, "separator": draw(st.sampled_from([" ", ".", "a", ","])),
             "targets": draw(st.sampled_from([[target], [target, second]]))},
            {"type": "merge", "fields": [field, other], "target": target},
            {"type": "coalesce", "fields": [field, other], "target": target},
            {"type": "constant", "target": target, "value": draw(st.sampled_from(["007", 5, "x", True]))},
        ]))  # fmt: skip
        transformations.append(rule)
        names += [name for name in rule.get("targets", [rule.get("target")]) if name and name not in names]
    filters = draw(st.lists(CONDITIONS, max_size=2))
    return {
        "transformations": transformations,
        "filter_rows": [{"field": draw(st.sampled_from(names)), **one} for one in filters],
    }


@st.composite
def tables(draw):
    """A header, rows (some of them ragged) and a mapping."""
    width = draw(st.integers(1, 4))
    row = st.lists(CELLS, min_size=width, max_size=width)
    rows = draw(st.lists(st.one_of(row, st.lists(CELLS, min_size=1, max_size=5)), max_size=12))
    header = [f"c{at}" for at in range(width)]
    schema = {name: draw(TYPES) for name in [*header, "d0"]}
    mapping = {
        "db_schema": {name: sql_type for name, sql_type in schema.items() if sql_type},
        "on_error": draw(st.sampled_from(["null", "reject_row"])),
        "unique_columns": draw(st.sampled_from([[], ["c0"]])),
        "rules": draw(st.one_of(st.just({}), rule_lists(header))),
    }
    return header, rows, mapping


def as_csv(header, rows):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return text.getvalue()


def outcome(table):
    """All that an import leaves behind, but for ids, times and the import itself."""
    found = {}
    found["imports"] = query(
        "SELECT status, mapping_status, total_rows_in_file, rows_processed, rows_inserted, rows_skipped, warnings,"
        " duplicates_found, rows_rejected, rows_filtered, validation_errors, mapping_errors_count FROM import_history"
    )
    found["errors"] = query(
        "SELECT record_number, error_type, error_message, source_field, target_field, source_value, chunk_number,"
        " location FROM mapping_errors ORDER BY id"
    )
    found["kept"] = query(
        "SELECT record_number, fate, reason_code, reason, location, original::text, matched_record_number"
        " FROM imports_kept_record ORDER BY import_id, record_number"
    )
    names = [name for name in columns_of(table) if name not in ("id", "_import_id", "_imported_at")]
    if names:
        listed = ", ".join(f'"{name}"::text' for name in names)
        found["rows"] = query(f'SELECT {listed} FROM "{table}" ORDER BY id')
        found["columns"] = columns_of(table)
    return found


def imported(tmp_path, text, mapping, batch_rows=None):
    pipeline.open_reader = partial(open_reader, batch_rows=batch_rows)
    try:
        import_text(tmp_path, "law.csv", text, **mapping)
    except AtlasError:
        assert ImportHistory.objects.get().status == "failed"
    finally:
        pipeline.open_reader = open_reader
    found = outcome("law")
    empty_database()
    return found


slow_database = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip


@slow_database
@given(tables(), st.integers(1, 5))
def test_batches_make_no_difference_to_anything(tmp_path, table, batch_rows):
    header, rows, mapping = table
    text = as_csv(header, rows)

    assert imported(tmp_path, text, mapping, batch_rows) == imported(tmp_path, text, mapping)


@slow_database
@given(tables())
def test_every_record_has_one_fate_and_the_sums_are_right(tmp_path, table):
    header, rows, mapping = table
    with suppress(AtlasError):
        import_text(tmp_path, "law.csv", as_csv(header, rows), **mapping)
    found = ImportHistory.objects.get()
    kept = dict(query("SELECT fate, count(*) FROM imports_kept_record GROUP BY 1"))
    inserted = query("SELECT _source_row_number FROM law") if columns_of("law") else []
    fates = sorted(
        [number for (number,) in query("SELECT record_number FROM imports_kept_record")]
        + [number for (number,) in inserted]
    )  # fmt: skip
    empty_database()

    assert fates == list(range(1, found.total_rows_in_file + 1))
    assert found.total_rows_in_file == len([row for row in rows if len(header) > 1 or row])
    assert found.rows_inserted == len(inserted)
    fates_counted = {
        "duplicate": found.duplicates_found,
        "rejected": found.rows_rejected,
        "filtered": found.rows_filtered,
    }
    assert {fate: count for fate, count in fates_counted.items() if count} == kept
