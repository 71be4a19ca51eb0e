"""Text columns most of whose values are of another type: which type, how many, and the first that are not."""

import json
from datetime import date

import pyarrow as pa
import pytest
from openpyxl import Workbook

from imports.analysis.analyse import analyse
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.inference.near_misses import NearMisses
from imports.inference.profile import ColumnProfiler
from imports.inference.spool import Spool
from imports.mapping import MappingRequest, parse_mapping
from imports.sources.upload import from_disk
from imports.text_batches import TextBatch
from tests.importing import columns_of, import_path, import_text, query

CASES = [
    ("whole numbers but one", [["1", "2", None, "NA"], ["3", "x y", "4"]],
     ("INTEGER", {}, 4, 5, [("x y", "line 6")])),
    ("numbers but one", [["1.5", "2", "n.d.", "3"]], ("NUMERIC", {}, 3, 4, [("n.d.", "line 3")])),
    ("whole numbers at first", [["1", "2", "x"], ["3", "4.5"]], ("NUMERIC", {}, 4, 5, [("x", "line 3")])),
    ("numbers with a decimal comma", [["1,55", "2.000,1", "?!"]],
     ("NUMERIC", {"decimal": ",", "thousands": "."}, 2, 3, [("?!", "line 3")])),
    ("dates but one", [["31.12.2024", "soon", "29.12.2024"]],
     ("DATE", {"source_format": "%d.%m.%Y"}, 2, 3, [("soon", "line 2")])),
    ("ISO dates but one", [["2024-12-31", "2024-12-30", "2024-13-30"]],
     ("DATE", {}, 2, 3, [("2024-13-30", "line 3")])),
    ("dates with the month's name", [["31 Dec 2024", "30 Dec 2024", "soon"]],
     ("DATE", {"source_format": "%d %b %Y"}, 2, 3, [("soon", "line 3")])),
    ("sums of money", [["$1,500.00", "$ 2", "-", "3 $", "much"]],
     ("NUMERIC", {"thousands": ","}, 3, 4, [("much", "line 5")])),
    ("times of day and night", [["2024-12-31T10:00:00", "2024-12-31 11:00:00", "2024"]],
     ("TIMESTAMP", {}, 2, 3, [("2024", "line 3")])),
    ("times but one", [["10:00", "11:30:15", "noon", "9:05"]],
     ("TIME", {}, 2, 4, [("noon", "line 3"), ("9:05", "line 4")])),
    ("moments in another notation but one", [["12/31/2024 8:11 PM", "12/30/2024 8:11 AM", "never"]],
     ("TIMESTAMP", {"source_format": "%m/%d/%Y %I:%M %p"}, 2, 3, [("never", "line 3")])),
    ("half of them", [["1", "a"]], ("INTEGER", {}, 1, 2, [("a", "line 2")])),
    ("more misfits than are shown", [["1"] * 9 + list("abcdefg")],
     ("INTEGER", {}, 9, 16, [(letter, f"line {line}") for line, letter in enumerate("abcde", start=10)])),
    ("fewer than half", [["1", "a", "b"]], None),
    ("fewer than half in the end", [["1"] * 300, ["a"] * 301], None),
    ("words", [["a", "b"]], None),
    ("codes with leading zeros", [["007", "008", "009"]], None),
    ("one code with a leading zero", [["17", "18", "19", "019"]], None),
    ("addresses", [["192.168.100.101", "192.168.100.102", "192.168.100.103", "localhost"]], None),
    ("all of them", [["1", "2"]], None),
    ("nothing", [[None, "", "NA"], []], None),
]  # fmt: skip


def near_miss_of(chunks):
    profiler = ColumnProfiler(DEFAULT_NULL_TOKENS)
    with Spool() as spool:
        for chunk in chunks:
            texts = pa.array(chunk, pa.string())
            first = spool.records + 1
            spool.put(TextBatch([texts], first, pa.array(range(first, first + len(chunk)), pa.int64())))
            profiler.add(texts)
        profiles = [profiler.finish("column", native_text=False)]
        return NearMisses(spool, profiles, MappingRequest(), "line {}".format).of(0)


@pytest.mark.parametrize(("chunks", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_type_that_most_values_fit(chunks, expected):
    found = near_miss_of(chunks)

    assert expected == (
        found
        and (
            found.candidate.sql_type.sql,
            found.candidate.reading.as_config(),
            found.fits,
            found.values,
            list(found.misfits),
        )  # fmt: skip
    )


@pytest.mark.parametrize(("chunk", "is_clear"), [(["1", "2", "3", "x"], True), (["1", "2", "x"], False)])
def test_a_few_misfits_are_for_a_user_to_decide(chunk, is_clear):
    assert near_miss_of([chunk]).is_clear == is_clear


def test_a_long_invalid_value_is_cut():
    assert near_miss_of([["1", "2", "x" * 1000]]).misfits == (("x" * 60, "line 3"),)


# --- in a file


SENSORS = "station,temp,hum\nS1,error,error\n" + "".join(f"S{n},{n}.5,{40 + n}\n" for n in range(50))
STOCK = "name,qty\nN0,0\nN1,1\nN2,2\n\nD,unknown\n" + "".join(f"M{n},{n}\n" for n in range(100))


def near_misses_of(record):
    return [one["params"] for one in record.warning_details if one["code"] == "near_miss"]


def test_an_import_says_which_values_make_a_column_text(atlas_db, tmp_path):
    record = import_text(tmp_path, "t.csv", SENSORS, source_options={"header_row": 1, "header_rows": 1})

    assert list(columns_of("t").values())[1:4] == ["text", "text", "text"]
    temp, hum = near_misses_of(record)
    assert temp == {
        "column": "temp", "type": "NUMERIC", "fits": 50, "values": 51, "others": 1,
        "misfits": [["error", "line 2"]], "more": 0,
    }  # fmt: skip
    assert (hum["type"], hum["misfits"]) == ("INTEGER", [["error", "line 2"]])
    assert (
        "temp is text: 50 of 51 non-empty values are numbers, but not “error” (line 2). Change db_schema to "
        "import these and leave 1 other cell empty." in record.warnings
    )


def test_a_blank_line_and_a_word_leave_one_table(atlas_db, tmp_path):
    record = import_text(tmp_path, "t.csv", STOCK)

    (found,) = near_misses_of(record)
    assert (record.rows_inserted, found["fits"], found["values"]) == (104, 103, 104)
    assert (found["misfits"], columns_of("t")["qty"]) == ([["unknown", "line 6"]], "text")


def test_a_type_that_was_asked_for_leaves_the_misfits_empty(atlas_db, tmp_path):
    record = import_text(
        tmp_path, "t.csv", SENSORS, source_options={"header_row": 1, "header_rows": 1},
        db_schema={"temp": "NUMERIC", "hum": "INTEGER"},
    )  # fmt: skip

    assert (near_misses_of(record), record.mapping_errors_count) == ([], 2)


def test_a_column_that_is_text_by_choice_is_not_spoken_of(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,n\n1,a\n", table_name="t")

    assert import_text(tmp_path, "b.csv", "k,n\n2,1\n3,2\n4,3\n5,x\n", table_name="t").warnings == []
    assert import_text(tmp_path, "c.csv", "n\n1\n2\n3\nx\n", db_schema={"n": "TEXT"}).warnings == []


@pytest.mark.parametrize("name", ["t.json", "t.xml"])
def test_only_texts_of_untyped_formats_are_judged(atlas_db, tmp_path, name):
    values = ["1", "2", "3", "x"]
    texts = {
        "t.json": "[" + ",".join(f'{{"k": 1, "n": "{value}"}}' for value in values) + "]",
        "t.xml": "<d>" + "".join(f"<r><k>1</k><n>{value}</n></r>" for value in values) + "</d>",
    }

    found = near_misses_of(import_text(tmp_path, name, texts[name]))

    assert [one["misfits"] for one in found] == ([] if name == "t.json" else [[["x", "/d/r[4]"]]])


def in_format(path, values):
    """Write records with a text and one of the values each, as the format types them."""
    if path.suffix == ".xlsx":
        book = Workbook()
        for record in [("k", "n"), *(("a", value) for value in values)]:
            book.active.append(record)
        book.save(path)
        return
    texts = [value.isoformat() if isinstance(value, date) else value for value in values]
    by_column = {"k": ["a"] * len(texts), "n": texts}
    records = [{"k": "a", "n": text} for text in texts]
    path.write_text(json.dumps(by_column if path.name == "by_column.json" else records))


DAYS = [date(2024, 1, 5), date(2024, 1, 6), date(2024, 1, 7)]
TYPED = {
    "numbers but one": ([1.5, 2, 3, "n.d."], [("NUMERIC", "n.d.")]),
    "a text at first": (["x", 1, 2, 3], [("INTEGER", "x")]),
    "numbers, one of them a text": ([1, 2, "3", "x"], [("INTEGER", "x")]),
    "dates but one": ([*DAYS, "soon"], [("DATE", "soon")]),
    "texts of digits": (["1", "2", "3", "x"], []),
    "a code among texts": (["1", "2", "3", "00417"], []),
    "a code among numbers": ([1, 2, 3, "00417"], []),
    "numbers, no other notation": ([1, 2, 3, 4, 5, 6, "1,5", "1.000,5"], [("INTEGER", "1,5")]),
    "half of them": ([1, 2, "x", "y"], []),
    "all of them": ([1, 2, 3, 4], []),
}


@pytest.mark.parametrize("file", ["t.xlsx", "t.json", "by_column.json"])
@pytest.mark.parametrize("name", TYPED)
def test_a_format_that_types_its_values_is_spoken_of_too(atlas_db, tmp_path, file, name):
    values, expected = TYPED[name]
    in_format(tmp_path / file, values)

    found = near_misses_of(import_path(tmp_path / file))

    assert [(one["type"], one["misfits"][0][0]) for one in found] == expected


def test_separators_that_were_asked_for_are_obeyed(atlas_db, tmp_path):
    text = "k|n\na|1,5\nb|2,5\nc|3,5\nd|x\n"

    assert near_misses_of(import_text(tmp_path, "t.csv", text, source_options={"decimal": "."})) == []
    assert len(near_misses_of(import_text(tmp_path, "u.csv", text))) == 1


def test_a_filtered_record_is_no_misfit(atlas_db, tmp_path):
    text = "k,n\na,1\nb,2\nc,3\nd,4\ne,x\nskip,y\n"
    rules = {"filter_rows": [{"field": "k", "operator": "not_equals", "value": "skip"}]}

    (found,) = near_misses_of(import_text(tmp_path, "t.csv", text, rules=rules))

    assert (found["values"], found["misfits"]) == (5, [["x", "line 6"]])


def test_the_preview_asks_how_to_import_it(atlas_db, tmp_path):
    (tmp_path / "t.csv").write_text("k,n\n" + "".join(f"{n},{n}\n" for n in range(59)) + "x,a\ny,b\nz,\n")
    with from_disk(tmp_path / "t.csv") as source:
        column = analyse(source, parse_mapping({}))["columns"][1]

    (question,) = column["questions"]
    assert (question["option"], [choice["choice"] for choice in question["choices"]]) == (
        "db_schema", ["TEXT", "INTEGER"],
    )  # fmt: skip
    assert column["near_miss"] == {
        "sql_type": "INTEGER", "fits": 59, "of": 61,
        "misfits": [{"value": "a", "location": "line 61"}, {"value": "b", "location": "line 62"}],
    }  # fmt: skip
    record = import_path(tmp_path / "t.csv", db_schema={"n": "INTEGER"})
    assert (record.mapping_errors_count, query('SELECT count(n), count(*) FROM "t"')) == (2, [(59, 62)])
