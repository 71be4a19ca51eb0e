"""Laws that hold for any table of values in any format, tried on a real database."""

from contextlib import suppress
from functools import partial
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import AtlasError
from imports.errors import NothingLoaded
from imports.extraction import opened
from imports.loading import pipeline
from imports.models import ImportHistory
from tests.conftest import empty_database
from tests.examples import examples
from tests.importing import columns_of, import_text, query
from tests.imports.written import NAMES, OPTIONS, rows_of, schemas, written

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

every_format = pytest.mark.parametrize("kind", NAMES)
slow_database = partial(settings, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

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
        target, second = draw(st.permutations(sorted({*names[:2], "d0", "d1"})))[:2]
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
def tables(draw, kind):
    """A header, rows (some of them ragged) and a mapping."""
    header = [f"c{at}" for at in range(draw(st.integers(1, 4)))]
    rows = draw(rows_of(kind, width=len(header), ragged=True))
    mapping = {
        "db_schema": draw(schemas([*header, "d0"])),
        "on_error": draw(st.sampled_from(["null", "reject_row"])),
        "unique_columns": draw(st.sampled_from([[], ["c0"]])),
        "rules": draw(st.one_of(st.just({}), rule_lists(header))),
        "source_options": OPTIONS.get(kind, {}),
    }
    return header, rows, mapping


def outcome(table):
    """All that an import leaves behind, but for ids, times and the import itself."""
    found = {}
    found["imports"] = query(
        "SELECT status, mapping_status, total_rows_in_file, rows_processed, rows_inserted, rows_skipped, warnings,"
        " duplicates_found, rows_rejected, rows_filtered, validation_errors, mapping_errors_count, error_message,"
        " mapping_config::text FROM import_history"
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


def imported(tmp_path, kind, text, mapping, batch_rows=None):
    with patch.object(pipeline, "opened", partial(opened, batch_rows=batch_rows)):
        try:
            import_text(tmp_path, NAMES[kind], text, **mapping)
        except AtlasError:
            assert ImportHistory.objects.get().status == "failed"
    found = outcome("law")
    empty_database()
    return found


@every_format
@slow_database(max_examples=examples(12))
@given(data=st.data(), batch_rows=st.integers(1, 5))
def test_batches_make_no_difference_to_anything(tmp_path, kind, data, batch_rows):
    header, rows, mapping = data.draw(tables(kind))
    text = written(kind, header, rows)

    assert imported(tmp_path, kind, text, mapping, batch_rows) == imported(tmp_path, kind, text, mapping)


@every_format
@slow_database(max_examples=examples(10))
@given(data=st.data())
def test_every_record_has_one_fate_and_the_sums_are_right(tmp_path, kind, data):
    header, rows, mapping = data.draw(tables(kind))
    fails = False
    try:
        import_text(tmp_path, NAMES[kind], written(kind, header, rows), **mapping)
    except NothingLoaded:
        pass
    except AtlasError:
        fails = True  # the mapping does not fit the file
    found = ImportHistory.objects.get()
    records = [] if fails else records_among(kind, found.mapping_config["header"], rows)
    kept = dict(query("SELECT fate, count(*) FROM imports_kept_record GROUP BY 1"))
    inserted = query("SELECT _source_row_number FROM law") if columns_of("law") else []
    fates = [*query("SELECT record_number FROM imports_kept_record"), *inserted]
    empty_database()

    assert sorted(number for (number,) in fates) == list(range(1, len(records) + 1))
    assert (found.total_rows_in_file, found.rows_inserted) == (len(records), len(inserted))
    counted = {
        "duplicate": found.duplicates_found, "rejected": found.rows_rejected, "filtered": found.rows_filtered
    }  # fmt: skip
    assert {fate: count for fate, count in counted.items() if count} == kept


def records_among(kind, header, rows):
    """A blank line of several columns and a blank row of a sheet are no records. header: as it was read."""
    if kind == "csv" and len(header) > 1:
        return [row for row in rows if row != [None]]
    return [row for row in rows if any(cell is not None for cell in row)] if kind == "excel" else rows


@every_format
@slow_database(max_examples=examples(10))
@given(data=st.data())
def test_what_was_inferred_converts(tmp_path, kind, data):
    text = written(kind, ["c0", "c1", "c2"], data.draw(rows_of(kind, width=3)))
    with suppress(AtlasError):  # a file without records, or of nothing but what no text column can hold
        import_text(tmp_path, NAMES[kind], text, source_options=OPTIONS.get(kind, {}))
    errors = query("SELECT DISTINCT error_type FROM mapping_errors WHERE error_type <> 'unstorable_text'")
    empty_database()

    assert errors == []
