"""The mapping's rules: what they make of texts, whom they leave out, and what they say when they fail."""

import io
import json
from types import SimpleNamespace

import openpyxl
import pyarrow as pa
import pytest

from core.messages import Message
from imports.errors import ErrorCode, InvalidMapping, MappingDoesNotFit, NothingLoaded, RuleTooCostly, TooManyErrors
from imports.history import tracking
from imports.inference.apply_rules import Transformation, apply_rules
from imports.inference.near_misses import NearMisses
from imports.inference.profile import ColumnProfiler
from imports.mapping import parse_mapping, regex
from imports.models import ImportHistory, KeptRecord, MappingError
from imports.planning.make_plan import make_plan
from imports.text_batches import RowProblem, TextBatch
from tests.importing import columns_of, import_text, rows_of

FORMATS = ("csv", "json", "ndjson", "xlsx", "xml")


def file_of(kind, header, rows):
    """The same table in every format; None is no value."""
    records = [dict(zip(header, row, strict=True)) for row in rows]
    if kind == "csv":
        lines = [",".join("" if cell is None else f'"{cell}"' for cell in row) for row in [header, *rows]]
        return "\n".join(lines) + "\n"
    if kind == "xml":
        cells = [
            "".join(f"<{name}>{value}</{name}>" for name, value in one.items() if value is not None) for one in records
        ]
        return "<all>" + "".join(f"<one>{cell}</one>" for cell in cells) + "</all>"
    if kind == "xlsx":
        workbook, content = openpyxl.Workbook(), io.BytesIO()
        for row in [header, *rows]:
            workbook.active.append(row)
        workbook.save(content)
        return content.getvalue()
    if kind == "ndjson":
        return "".join(json.dumps(one) + "\n" for one in records)
    return json.dumps(records)


class Texts:
    """Columns of texts in batches of so many records, as a spool gives them."""

    def __init__(self, columns, batch_rows):
        self.columns_given = [pa.array(texts, pa.string()) for texts in columns]
        self.batch_rows = batch_rows

    def batches(self, columns):
        rows = len(self.columns_given[0])
        for start in range(0, rows, self.batch_rows):
            texts = [column.slice(start, self.batch_rows) for column in self.columns_given[:columns]]
            yield TextBatch(texts, start + 1, pa.array(range(start, start + len(texts[0])), pa.int64()))

    def column(self, position):
        return (batch.columns[position] for batch in self.batches(position + 1))


def transformed(table, transformations=(), filters=(), batch_rows=2, **options):
    """table: header -> texts. What the rules make of it: header -> texts of the records that stay."""
    mapping = {"rules": {"transformations": list(transformations), "filter_rows": list(filters)}}
    request = parse_mapping({**mapping, "source_options": options})
    profiles = []
    for name, texts in table.items():
        profiler = ColumnProfiler(request.null_tokens)
        profiler.add(pa.array(texts, pa.string()))
        profiles.append(profiler.finish(name, native_text=False))
    records, profiles = apply_rules(Texts(table.values(), batch_rows), profiles, request)
    return {
        profile.header: [text for chunk in records.column(position) for text in chunk.to_pylist()]
        for position, profile in enumerate(profiles)
    }


A = {"type": "uppercase", "field": "a"}
CASES = {
    "uppercase": ([A], {"a": ["x é ß", None, ""]}, {"a": ["X É ẞ", None, ""]}),
    "lowercase": ([{"type": "lowercase", "field": "a"}], {"a": ["ÀB", None]}, {"a": ["àb", None]}),
    "trim": ([{"type": "trim", "field": "a"}], {"a": ["\t x y\u00a0", "  ", None]}, {"a": ["x y", "", None]}),
    "regex_replace": (
        [{"type": "regex_replace", "field": "a", "pattern": r"(\d+)-(\d+)", "replacement": r"\2/\1"}],
        {"a": ["1-2 and 3-4", "none", None]},
        {"a": ["2/1 and 4/3", "none", None]},
    ),
    "split": (
        [{"type": "split", "field": "a", "separator": ", ", "targets": ["x", "y"]}],
        {"a": ["1, 2", "3", "", None, ", "]},
        {"a": ["1, 2", "3", "", None, ", "], "x": ["1", "3", "", None, ""], "y": ["2", None, None, None, ""]},
    ),
    "split that fails": (
        [{"type": "split", "field": "a", "separator": " ", "targets": ["x", "y"]}],
        {"a": ["1 2 3", "4 5"]},
        {"a": ["1 2 3", "4 5"], "x": [None, "4"], "y": [None, "5"]},
    ),
    "split into itself": (
        [{"type": "split", "field": "a", "separator": "-", "targets": ["b", "a"]}],
        {"a": ["1-2"]},
        {"a": ["2"], "b": ["1"]},
    ),
    "merge": (
        [{"type": "merge", "fields": ["a", "b"], "target": "c"}],
        {"a": ["1", None, None, ""], "b": ["2", "3", None, "4"]},
        {"a": ["1", None, None, ""], "b": ["2", "3", None, "4"], "c": ["1 2", "3", None, " 4"]},
    ),
    "merge with a separator into a header": (
        [{"type": "merge", "fields": ["b", "a"], "separator": "", "target": "a"}],
        {"a": ["1"], "b": ["2"]},
        {"a": ["21"], "b": ["2"]},
    ),
    "coalesce": (
        [{"type": "coalesce", "fields": ["a", "b"], "target": "c"}],
        {"a": ["1", None, None, ""], "b": ["2", "3", None, "4"]},
        {"a": ["1", None, None, ""], "b": ["2", "3", None, "4"], "c": ["1", "3", None, ""]},
    ),
    "constants": (
        [
            {"type": "constant", "target": "t", "value": "x"},
            {"type": "constant", "target": "n", "value": 1.5},
            {"type": "constant", "target": "b", "value": True},
        ],
        {"a": ["1", None, "3"]},
        {"a": ["1", None, "3"], "t": ["x"] * 3, "n": ["1.5"] * 3, "b": ["true"] * 3},
    ),
    "in order": (
        [
            {"type": "split", "field": "a", "separator": "-", "targets": ["x", "y"]},
            {"type": "uppercase", "field": "y"},
            {"type": "merge", "fields": ["y", "x"], "separator": "+", "target": "a"},
            {"type": "lowercase", "field": "a"},
            {"type": "merge", "fields": ["a", "y"], "target": "z"},
        ],
        {"a": ["p-q"]},
        {"a": ["q+p"], "x": ["p"], "y": ["Q"], "z": ["q+p Q"]},
    ),
    "by the safe name": ([{"type": "uppercase", "field": "first_name"}], {"First Name": ["x"]}, {"First Name": ["X"]}),
    "equal headers": ([{"type": "uppercase", "field": "b"}], {"a": ["x"], "b": ["y"]}, {"a": ["x"], "b": ["Y"]}),
}


@pytest.mark.parametrize("batch_rows", [1, 2, 100])
@pytest.mark.parametrize("name", CASES)
def test_rules(name, batch_rows):
    rules, table, expected = CASES[name]

    assert transformed(table, rules, batch_rows=batch_rows) == expected


NUMBERS = ["9", "10", "10.0", " 1e1 ", "9007199254740993", "abc", None, ""]
CONDITIONS = [
    ("equals", "10", ["10"]),
    ("equals", 10, ["10", "10.0", " 1e1 "]),
    ("not_equals", "10", ["9", "10.0", " 1e1 ", "9007199254740993", "abc", None, ""]),
    ("not_equals", 10, ["9", "9007199254740993", "abc", None, ""]),
    ("contains", "0", ["10", "10.0", "9007199254740993"]),
    ("in", ["9", "abc"], ["9", "abc"]),
    ("in", ["abc", 10], ["10", "10.0", " 1e1 ", "abc"]),
    ("not_in", ["9", "abc", 10], ["9007199254740993", None, ""]),
    ("is_null", ..., [None]),
    ("is_not_null", ..., ["9", "10", "10.0", " 1e1 ", "9007199254740993", "abc", ""]),
    ("greater_than", 9.5, ["10", "10.0", " 1e1 ", "9007199254740993"]),
    ("greater_than", "9.5", ["10", "10.0", " 1e1 ", "9007199254740993"]),
    ("greater_than", 9007199254740992, ["9007199254740993"]),
    ("less_than", 9007199254740993, ["9", "10", "10.0", " 1e1 "]),
    ("less_than", 10, ["9"]),
    ("less_than", "a", ["9", "10", "10.0", " 1e1 ", "9007199254740993", ""]),
    ("matches", r"^\d+$", ["9", "10", "9007199254740993"]),
    ("matches", "b", ["abc"]),
]


def condition(operator, value, field="a"):
    return {"field": field, "operator": operator} | ({} if value is ... else {"value": value})


@pytest.mark.parametrize("batch_rows", [1, 3, 100])
@pytest.mark.parametrize(("operator", "value", "stay"), CONDITIONS)
def test_filters(operator, value, stay, batch_rows):
    assert transformed({"a": NUMBERS}, [], [condition(operator, value)], batch_rows) == {"a": stay}


def test_filters_see_texts_after_the_transformations_and_all_must_hold():
    rules = [{"type": "uppercase", "field": "a"}, {"type": "merge", "fields": ["a", "b"], "target": "c"}]
    filters = [condition("in", ["X", "Y"]), condition("not_equals", "Y 2", "c")]

    assert transformed({"a": ["x", "y", "z"], "b": ["1", "2", "3"]}, rules, filters) == {
        "a": ["X"], "b": ["1"], "c": ["X 1"],
    }  # fmt: skip


def test_numbers_of_a_filter_are_read_as_the_file_writes_them():
    table = {"a": ["1.234,5", "1.234"]}

    assert transformed(table, [], [condition("greater_than", 1234)], decimal=",", thousands=".") == {"a": ["1.234,5"]}
    assert transformed(table, [], [condition("less_than", 2)]) == {"a": ["1.234"]}


RE2 = "Patterns use the RE2 syntax"
WRONG = [
    ({"type": "upercase", "field": "a"}, r"transformations\[0\].type must be one of .* Did you mean “uppercase”"),
    ({"field": "a"}, r"transformations\[0\].type must be one of uppercase, lowercase"),
    ({"type": ["trim"], "field": "a"}, "type must be one of"),
    ({"type": "trim", "feild": "a"}, r"\(trim\): unknown key “feild”. The closest known key is “field”"),
    ({"type": "trim"}, r"\(trim\).field must be a string"),
    ({"type": "regex_replace", "field": "a", "pattern": "x(?=y)", "replacement": ""}, rf"\(\?=. {RE2}"),
    ({"type": "regex_replace", "field": "a", "pattern": r"(x)\1", "replacement": ""}, RE2),
    ({"type": "regex_replace", "field": "a", "pattern": "(x)", "replacement": r"\2"}, "only has 1 parenthesized"),
    ({"type": "regex_replace", "field": "a", "pattern": "x" * 1001, "replacement": ""}, "The limit is 1,000"),
    ({"type": "regex_replace", "field": "a", "pattern": "x"}, "replacement must be a string"),
    ({"type": "split", "field": "a", "separator": "", "targets": ["b"]}, "separator must not be empty"),
    ({"type": "split", "field": "a", "separator": ",", "targets": []}, "targets must name at least one"),
    ({"type": "split", "field": "a", "separator": ",", "targets": ["b", "b"]}, "a duplicate target"),
    ({"type": "split", "field": "a", "separator": ",", "targets": ["id"]}, "column name “id” is reserved"),
    ({"type": "merge", "fields": "a", "target": "b"}, "fields must be a list"),
    ({"type": "merge", "fields": ["a"], "target": "_import_id"}, "column name “_import_id” is reserved"),
    ({"type": "coalesce", "fields": ["a"]}, "target must be a string"),
    ({"type": "constant", "target": "b"}, "value must be a string"),
    ({"type": "constant", "target": "b", "value": "a\0"}, "cannot be stored"),
]


@pytest.mark.parametrize(("rule", "message"), WRONG)
def test_a_wrong_rule_is_named(rule, message):
    with pytest.raises(InvalidMapping, match=message):
        parse_mapping({"rules": {"transformations": [rule]}})


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ({"field": "a", "operator": "equal", "value": "x"}, r"filter_rows\[0\].operator must be one of equals"),
        ({"field": "a", "operator": "is_null", "value": "x"}, "unknown key “value”"),
        ({"field": "a", "operator": "in", "value": "x"}, "value must be a list"),
        ({"field": "a", "operator": "in", "value": []}, "value must be a list"),
        ({"field": "a", "operator": "equals", "value": None}, "value must be a string"),
        ({"field": "a", "operator": "equals"}, "value must be a string"),
        ({"field": "a", "operator": "contains", "value": 1}, "value must be a string"),
        ({"field": "a", "operator": "matches", "value": "(?<=x)"}, RE2),
        ({"operator": "is_null"}, "field must be a string"),
        ("x", "invalid JSON"),
    ],
)
def test_a_wrong_filter_is_named(filter_, message):
    with pytest.raises(InvalidMapping, match=message):
        parse_mapping({"rules": {"filter_rows": [filter_]}})


@pytest.mark.parametrize(
    ("rules", "filters"),
    [
        ([{"type": "trim", "field": "nmae"}], []),
        ([{"type": "merge", "fields": ["name", "nmae"], "target": "x"}], []),
        ([{"type": "trim", "field": "nmae"}, {"type": "constant", "target": "nmae", "value": "x"}], []),
        ([], [condition("is_null", ..., "nmae")]),
    ],
)
def test_a_column_that_neither_file_nor_rule_has(rules, filters):
    with pytest.raises(
        MappingDoesNotFit,
        match="column “nmae” is neither in the file nor created by an earlier rule. Did you mean “name”",
    ):
        transformed({"name": ["x"]}, rules, filters)


@pytest.mark.parametrize("rules", [True, False])
def test_a_pattern_that_takes_too_long_stops_the_import(monkeypatch, rules):
    monkeypatch.setattr(regex, "MAX_SECONDS", 0.0)
    rule = {"type": "regex_replace", "field": "a", "pattern": "(x+x+)+y", "replacement": ""}
    given = ([rule], []) if rules else ([], [condition("matches", "(x+x+)+y")])

    with pytest.raises(RuleTooCostly, match="took more than 0 s for 2 rows") as failure:
        transformed({"a": ["x" * 1000] * 3}, *given)
    assert (failure.value.code, failure.value.message.code) == ("row_transformation", "rule_too_slow")
    assert (failure.value.message.params["limit_seconds"], failure.value.message.params["records"]) == (0, 2)


LONG = "y" * 990
#: Rules for which the row with 200 letters needs more than 30,000 bytes.
COSTLY = {
    "merge": [{"type": "merge", "fields": ["a", "a"], "target": "a"}] * 7,
    "regex_replace": [{"type": "regex_replace", "field": "a", "pattern": "", "replacement": LONG}],
    "constant": [{"type": "constant", "target": f"c{number}", "value": LONG} for number in range(150)],
    "split": [{"type": "split", "field": "a", "separator": "-", "targets": [f"t{i}" for i in range(1_500)]}],
}


@pytest.mark.parametrize("rule", COSTLY)
def test_a_rule_that_needs_too_much_memory_for_one_row_stops_the_import(settings, rule):
    settings.ATLAS_RULE_MEMORY_BYTES = 30_000

    with pytest.raises(RuleTooCostly) as failure:
        transformed({"a": ["x", "-".join("x" * 200), "x"]}, COSTLY[rule])
    assert failure.value.message.code == "rule_result_too_large"
    params = failure.value.message.params
    assert f"({rule})" in params["rule"]
    assert (params["record"], params["limit_megabytes"]) == (1 if rule in ("constant", "split") else 2, 1)


def test_the_memory_of_a_replacement_is_what_its_matches_take(settings):
    settings.ATLAS_RULE_MEMORY_BYTES = 100_000
    rule = {"type": "regex_replace", "field": "a", "pattern": "(b)(c)?", "replacement": rf"\1\2\\{LONG}"}

    assert transformed({"a": ["x" * 10_000 + "b"]}, [rule])["a"] == ["x" * 10_000 + "b\\" + LONG]


@pytest.mark.parametrize("ratio", [0, 3])
def test_what_the_rules_make_of_a_whole_file_is_limited(settings, ratio):
    """In proportion to what they read; counted as it is made, so that most of it is not made."""
    settings.ATLAS_RULE_OUTPUT_BYTES, settings.ATLAS_RULE_OUTPUT_RATIO = 50_000, ratio
    rules = [{"type": "constant", "target": f"c{number}", "value": "z" * 96} for number in range(10)]
    columns = {"a": ["x" * 96] * 1_000}  # of 100 bytes with their offsets

    with pytest.raises(RuleTooCostly) as failure:
        transformed(columns, rules, batch_rows=10)

    message = failure.value.message
    rows = {0: 60, 3: 80}[ratio]  # more than 50,000 + 3 * 100 a row, of 1,000 a row; in batches of 10
    assert (message.code, message.params["record"]) == ("rules_make_too_much", rows)
    assert "ATLAS_RULE_OUTPUT_BYTES" in str(message)
    assert len(transformed({"a": ["x" * 96] * 40}, rules, batch_rows=10)["c9"]) == 40


@pytest.mark.parametrize("memory", [2_000, 20_000, 200_000])
def test_a_batch_is_cut_where_that_keeps_the_rules_within_their_memory(settings, memory):
    """Nothing depends on where: failures, filtered rows, values and their order are the same."""
    values = [f"{'ab ' * (number % 7)}{number}" for number in range(500)]
    rules = [
        {"type": "regex_replace", "field": "a", "pattern": "b", "replacement": "-" * 20},
        {"type": "split", "field": "a", "separator": " ", "targets": [f"t{number}" for number in range(5)]},
        {"type": "merge", "fields": ["a", "n", "a"], "separator": "; ", "target": "m"},
        {"type": "constant", "target": "c", "value": "z" * 30},
        {"type": "uppercase", "field": "m"},
    ]
    given = {"a": values, "n": [str(number) for number in range(500)]}, rules, [condition("greater_than", "20", "n")]
    whole = everything(*given)

    settings.ATLAS_RULE_MEMORY_BYTES = memory

    assert everything(*given) == whole


def everything(columns, rules, filters):
    """What comes of the rules, as one list of cells a column, of failures and of filtered rows, by record number."""
    batch = TextBatch(
        [pa.array(texts, pa.string()) for texts in columns.values()], 1, pa.array(range(len(columns["a"]))),
        tuple(
            RowProblem(index, ErrorCode.TOO_MANY_FIELDS, Message("x"), index % 2 == 0) for index in range(0, 500, 13)
        ),
    )  # fmt: skip
    request = parse_mapping({"rules": {"transformations": rules, "filter_rows": filters}})
    transformation = Transformation(list(columns), request.transformations, request.filter_rows)
    batches = list(transformation.batches(batch))
    failed, left_out, problems, cells = [], [], [], []
    for piece in batches:
        cells += zip(*(column.to_pylist() for column in piece.columns), strict=True)
        problems += [(piece.first_record + one.index, one.rejected) for one in piece.problems]
        for failure in piece.rule_effects.failures:
            failed += [(piece.first_record + row, failure.message) for row in failure.rows.to_pylist()]
        if piece.rule_effects.left_out:
            rows = piece.rule_effects.left_out.rows.to_pylist()
            reasons = piece.rule_effects.left_out.reasons.to_pylist()
            left_out += [(piece.first_record + row, why) for row, why in zip(rows, reasons, strict=True)]
    return cells, sorted(failed), sorted(left_out), problems


def test_types_are_found_from_what_the_rules_made_and_from_the_records_that_stay():
    request = parse_mapping(
        {
            "rules": {
                "transformations": [{"type": "split", "field": "a", "separator": " ", "targets": ["x", "n"]}],
                "filter_rows": [{"field": "x", "operator": "not_equals", "value": "Total"}],
            }
        }
    )
    table = {"a": ["u 1", "v 2", "Total"], "m": ["1", "2", "sum"]}
    profiles = []
    for name, texts in table.items():
        profiler = ColumnProfiler(request.null_tokens)
        profiler.add(pa.array(texts))
        profiles.append(profiler.finish(name, native_text=False))
    records, profiles = apply_rules(Texts(table.values(), 2), profiles, request)
    plan = make_plan(
        request,
        table_name="t",
        profiles=profiles,
        columns=records,
        table=None,
        source_options={},
        near_misses=NearMisses(records, profiles, request, str),
    )

    assert {one.name: one.sql_type.sql for one in plan.columns} == {
        "a": "TEXT", "m": "INTEGER", "x": "TEXT", "n": "INTEGER",
    }  # fmt: skip
    assert plan.header == ("a", "m")


def test_without_rules_nothing_is_looked_at_again():
    records, profiles = SimpleNamespace(), []

    assert apply_rules(records, profiles, parse_mapping({})) == (records, profiles)


PEOPLE = (
    ["name", "city", "mail", "phone"],
    [
        ["ada Lovelace 36", " london ", None, "1-1"],
        ["Alan Turing 41", "Wilmslow", "alan@x.org", "2-2"],
        ["Grace Hopper Murray 85", "New York", None, None],
        ["TOTAL", None, None, None],
    ],
)
RULES = {
    "transformations": [
        {"type": "trim", "field": "city"},
        {"type": "uppercase", "field": "city"},
        {"type": "split", "field": "name", "separator": " ", "targets": ["first", "last", "age"]},
        {"type": "regex_replace", "field": "phone", "pattern": r"(\d)-(\d)", "replacement": r"0\1\2"},
        {"type": "coalesce", "fields": ["mail", "phone"], "target": "contact"},
        {"type": "constant", "target": "source", "value": "web"},
    ],
    "filter_rows": [{"field": "name", "operator": "not_equals", "value": "TOTAL"}],
}


@pytest.mark.usefixtures("atlas_db")
class TestImports:
    @pytest.mark.parametrize("kind", FORMATS)
    def test_rules_are_the_same_in_every_format(self, tmp_path, kind):
        found = import_text(tmp_path, f"people.{kind}", file_of(kind, *PEOPLE), rules=RULES)

        names = ("name", "city", "mail", "phone", "first", "last", "age", "contact", "source", "_source_row_number")
        assert [tuple(row[name] for name in names) for row in rows_of("people")] == [
            ("ada Lovelace 36", "LONDON", None, "011", "ada", "Lovelace", 36, "011", "web", 1),
            ("Alan Turing 41", "WILMSLOW", "alan@x.org", "022", "Alan", "Turing", 41, "alan@x.org", "web", 2),
            ("Grace Hopper Murray 85", "NEW YORK", None, None, None, None, None, None, "web", 3),
        ]
        assert columns_of("people")["age"] == "integer"
        assert [row["_corrections_applied"] for row in rows_of("people")] == [None] * 3
        assert (found.status, found.mapping_status) == ("success", "completed_with_errors")
        assert (found.total_rows_in_file, found.rows_inserted, found.rows_skipped, found.rows_filtered) == (4, 3, 1, 1)
        assert (found.rows_processed, found.validation_errors, found.mapping_errors_count) == (4, 1, 1)

    @pytest.mark.parametrize("kind", FORMATS)
    def test_a_rule_that_fails_names_rule_row_and_value(self, tmp_path, kind):
        found = import_text(tmp_path, f"people.{kind}", file_of(kind, *PEOPLE), rules=RULES)

        (error,) = tracking.get_mapping_errors(found.pk)
        place = {
            "csv": "line 4", "json": "/2", "ndjson": "line 3", "xlsx": "sheet Sheet, row 4", "xml": "/all/one[3]",
        }[kind]  # fmt: skip
        assert error | {"id": 0, "occurred_at": 0} == {
            "id": 0, "import_id": str(found.pk), "record_number": 3, "error_type": "row_transformation",
            "error_message": "Value 'Grace Hopper Murray 85' has more parts than "
            "rules.transformations[2] (split) has targets (3)",
            "source_field": "name", "target_field": "first", "source_value": "Grace Hopper Murray 85",
            "occurred_at": 0, "chunk_number": 1, "location": place, "error_details": {
                "code": "too_many_parts", "params": {"targets": 3, "rule": "rules.transformations[2] (split)"},
            },
        }  # fmt: skip

    @pytest.mark.parametrize("kind", FORMATS)
    def test_a_filtered_record_is_kept_whole_with_the_rule(self, tmp_path, kind):
        found = import_text(tmp_path, f"people.{kind}", file_of(kind, *PEOPLE), rules=RULES)

        kept = KeptRecord.objects.get(import_record=found)
        assert (kept.record_number, kept.fate, kept.reason_code, json.loads(bytes(kept.original))) == (
            4, "filtered", "filter_rows[0]", ["TOTAL", None, None, None],
        )  # fmt: skip
        assert kept.reason == 'Filtered out by filter_rows[0] (name not_equals "TOTAL"): the value is “TOTAL”.'

    def test_a_rule_that_fails_rejects_its_row_where_that_was_asked_for(self, tmp_path):
        found = import_text(tmp_path, "people.csv", file_of("csv", *PEOPLE), rules=RULES, on_error="reject_row")

        assert (found.status, found.rows_inserted, found.rows_rejected, found.rows_filtered) == ("partial", 2, 1, 1)
        kept = KeptRecord.objects.get(import_record=found, fate="rejected")
        assert (kept.record_number, kept.reason_code, json.loads(bytes(kept.original))) == (
            3, "row_transformation", ["Grace Hopper Murray 85", "New York", None, None],
        )  # fmt: skip

    def test_a_rule_that_fails_stops_everything_where_that_was_asked_for(self, tmp_path):
        said = r"row 3 \(first\): Value 'Grace Hopper Murray 85' has more"
        with pytest.raises(TooManyErrors, match=said) as stopped:
            import_text(tmp_path, "people.csv", file_of("csv", *PEOPLE), rules=RULES, on_error="abort")

        rule = "rules.transformations[2] (split)"
        assert stopped.value.message.params["why"] == {
            "code": "too_many_parts", "params": {"value": "Grace Hopper Murray 85", "targets": 3, "rule": rule},
        }  # fmt: skip

    def test_a_value_that_a_rule_made_and_that_does_not_fit(self, tmp_path):
        rule = {"type": "split", "field": "a", "separator": "-", "targets": ["n", "m"]}
        import_text(tmp_path, "t.csv", "a\n1-2\n3-x\n", rules={"transformations": [rule]}, db_schema={"m": "INTEGER"})

        assert [(row["a"], row["n"], row["m"]) for row in rows_of("t")] == [("1-2", 1, 2), ("3-x", 3, None)]
        error = MappingError.objects.get()
        assert (error.source_field, error.target_field, error.source_value) == ("m", "m", "x")

    def test_outputs_are_mapped_by_their_name_and_may_serve_other_rules_alone(self, tmp_path):
        rules = [
            {"type": "split", "field": "a", "separator": "-", "targets": ["Part 1", "p2"]},
            {"type": "merge", "fields": ["p2", "Part 1"], "separator": "", "target": "both"},
        ]
        found = import_text(
            tmp_path, "t.csv", "a,b\n1-2,x\n1-2-3,y\n", rules={"transformations": rules},
            mappings={"joined": "both", "one": "part_1", "b": "b"},
        )  # fmt: skip

        assert [(row["joined"], row["one"], row["b"]) for row in rows_of("t")] == [(21, 1, "x"), (None, None, "y")]
        assert MappingError.objects.get().target_field == "one"
        assert found.mapping_config["rules"] == {"transformations": rules}
        assert found.mapping_config["mappings"] == {"joined": "both", "one": "Part 1", "b": "b"}
        assert found.mapping_config["header"] == ["a", "b"]

    def test_an_in_place_rule_keeps_the_columns_place_and_header(self, tmp_path):
        import_text(
            tmp_path, "t.csv", "First,b\nx,abc\n",
            rules={"transformations": [{"type": "uppercase", "field": "First"}]}, db_schema={"b": "INTEGER"},
        )  # fmt: skip

        assert list(columns_of("t"))[1:3] == ["first", "b"]
        assert rows_of("t")[0]["first"] == "X"

    def test_texts_of_the_format_stay_texts_and_parts_of_them_are_judged_anew(self, tmp_path):
        records = '[{"code": "12", "pair": "1-2"}]'
        rules = [
            {"type": "trim", "field": "code"},
            {"type": "coalesce", "fields": ["code", "pair"], "target": "any"},
            {"type": "split", "field": "pair", "separator": "-", "targets": ["n", "m"]},
        ]
        import_text(tmp_path, "t.json", records, rules={"transformations": rules})

        columns = columns_of("t")
        assert [columns[name] for name in ("code", "any", "n", "m")] == ["text", "text", "integer", "integer"]

    def test_date_rules_come_after(self, tmp_path):
        rules = {
            "transformations": [{"type": "merge", "fields": ["d", "t"], "target": "at"}],
            "datetime_transformations": [{"field": "at", "source_format": "%d/%m/%Y %H:%M"}],
        }
        import_text(tmp_path, "t.csv", "d,t\n01/02/2024,10:30\n", rules=rules)

        assert rows_of("t")[0]["at"].isoformat() == "2024-02-01T10:30:00"

    def test_a_key_is_compared_as_the_rules_make_it(self, tmp_path):
        rules = {
            "transformations": [{"type": "lowercase", "field": "mail"}, {"type": "trim", "field": "mail"}],
            "filter_rows": [{"field": "mail", "operator": "is_not_null"}],
        }
        first = import_text(
            tmp_path, "a.csv", "mail,n\nA@x ,1\na@X,2\n,3\n", table_name="t", unique_columns=["mail"], rules=rules
        )
        second = import_text(tmp_path, "b.csv", "mail,n\na@x,7\nB,8\n", table_name="t", unique_columns=["mail"])

        assert (first.rows_inserted, first.duplicates_found, first.rows_filtered) == (1, 1, 1)
        assert (second.rows_inserted, second.duplicates_found) == (1, 1)
        kept = KeptRecord.objects.filter(import_record=first)
        assert [(one.record_number, one.fate, json.loads(bytes(one.original))) for one in kept] == [
            (2, "duplicate", ["a@X", "2"]), (3, "filtered", [None, "3"]),
        ]  # fmt: skip

    def test_filtered_records_have_no_errors_but_unreadable_ones_are_rejected(self, tmp_path):
        text = "a,b\n1,2\nx,y\n1,2,3\nx\n"
        found = import_text(
            tmp_path, "t.csv", text, db_schema={"a": "INTEGER", "b": "INTEGER"},
            rules={"filter_rows": [{"field": "a", "operator": "equals", "value": "1"}]},
        )  # fmt: skip

        assert (found.rows_inserted, found.rows_rejected, found.rows_filtered) == (1, 1, 2)
        assert list(MappingError.objects.values_list("record_number", "error_type")) == [(3, "too_many_fields")]
        kept = [(one.record_number, one.fate, json.loads(bytes(one.original))) for one in KeptRecord.objects.all()]
        assert kept == [(2, "filtered", ["x", "y"]), (3, "rejected", ["1", "2", "3"]), (4, "filtered", ["x"])]

    def test_the_first_filter_that_fails_leaves_a_record_out_and_its_failed_rules_with_it(self, tmp_path):
        rule = {"type": "split", "field": "a", "separator": "-", "targets": ["x", "y"]}
        filters = [condition("equals", "1", "x"), condition("is_not_null", ..., "b"), condition("equals", "2", "b")]
        found = import_text(
            tmp_path, "t.csv", "a,b\n1-1-1,2\n1-2,\n3-4,\n1-5,2\n1-6,7\n",
            rules={"transformations": [rule], "filter_rows": filters},
        )  # fmt: skip

        assert (found.rows_inserted, found.rows_filtered, found.mapping_errors_count) == (1, 4, 0)
        kept = KeptRecord.objects.values_list("record_number", "reason_code", "reason")
        assert list(kept) == [
            (1, "filter_rows[0]", 'Filtered out by filter_rows[0] (x equals "1"): the value is empty.'),
            (2, "filter_rows[1]", "Filtered out by filter_rows[1] (b is_not_null): the value is empty."),
            (3, "filter_rows[0]", 'Filtered out by filter_rows[0] (x equals "1"): the value is “3”.'),
            (5, "filter_rows[2]", 'Filtered out by filter_rows[2] (b equals "2"): the value is “7”.'),
        ]

    def test_a_file_that_is_left_out_whole_is_a_success_with_an_empty_table(self, tmp_path):
        found = import_text(
            tmp_path, "t.csv", "a\n1\n2\n", rules={"filter_rows": [{"field": "a", "operator": "is_null"}]}
        )

        assert (found.status, found.mapping_status) == ("success", "completed")
        assert (found.rows_inserted, found.rows_skipped, found.rows_filtered) == (0, 2, 2)
        assert "a" in columns_of("t")

    def test_all_that_the_filters_left_rejected_is_a_failure(self, tmp_path):
        with pytest.raises(NothingLoaded, match="1 row was rejected, all others were filtered out"):
            import_text(
                tmp_path, "t.csv", "a\nx\n2\n", db_schema={"a": "INTEGER"}, on_error="reject_row",
                rules={"filter_rows": [{"field": "a", "operator": "equals", "value": "x"}]},
            )  # fmt: skip

        found = ImportHistory.objects.get()
        assert (found.status, found.rows_rejected, found.rows_filtered) == ("failed", 1, 1)
        assert found.metadata["error"]["details"] == {
            "import_id": str(found.pk), "reason": "all_unfiltered_rejected", "params": {"records": 1},
        }  # fmt: skip
        assert columns_of("t") == {}

    def test_an_unknown_field_fails_the_import_with_its_reason(self, tmp_path):
        with pytest.raises(MappingDoesNotFit, match="Did you mean “name”") as failure:
            import_text(tmp_path, "t.csv", "name\nx\n", rules={"transformations": [{"type": "trim", "field": "nam"}]})

        assert ImportHistory.objects.get().error_message == str(failure.value)

    def test_many_failures_are_written_in_bulk(self, tmp_path):
        rule = {"type": "split", "field": "a", "separator": "-", "targets": ["x"]}
        found = import_text(tmp_path, "t.csv", "a\n" + "1-2\n" * 50_000, rules={"transformations": [rule]})

        assert (found.validation_errors, found.rows_inserted) == (50_000, 50_000)
        assert MappingError.objects.filter(chunk_number=3).count() == 10_000
