"""Delimited texts that were misread in silence: one row under a title, comments, several tables, encodings."""

import openpyxl
import pytest

from imports.errors import InvalidMapping, UnreadableFile
from tests.importing import columns_of, import_path, import_text, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def imported(folder, text, **mapping):
    """Return the import, and the values of its rows."""
    record = import_text(folder, "t.csv", text, table_name="t", **mapping)
    names = [column["name"] for column in record.mapping_config["columns"]]
    return record, [tuple(row[name] for name in names) for row in rows_of("t")]


def codes(record):
    return [warning["code"] for warning in record.warning_details]


# --- one row


@pytest.mark.parametrize("title", ["Report 2024\n\n", "My title,,\n", "Printed: Monday\n"])
def test_the_only_row_below_a_title_is_a_row(tmp_path, title):
    record, rows = imported(tmp_path, f"{title}5,John,2024-01-01\n")

    assert [(number, name) for number, name, _ in rows] == [(5, "John")]
    assert "no_header" in codes(record)
    assert record.not_read["counts"] == {"title": 1}


def test_the_only_line_below_a_title_may_be_a_header(tmp_path):
    record, rows = imported(tmp_path, "Report 2024\n\nid,name,2023\n")

    assert rows == []
    assert "c_2023" in columns_of("t")
    assert "only_a_header" in codes(record)


def test_an_only_line_of_words_is_a_header_with_a_warning(tmp_path):
    record, rows = imported(tmp_path, "Alice,Berlin\n")

    assert rows == []
    assert "only_a_header" in codes(record)


def test_a_header_that_was_set_or_has_rows_gives_no_warning(tmp_path):
    record, _ = imported(tmp_path, "Alice,Berlin\n", source_options={"header_row": 1})
    assert codes(record) == []

    record = import_text(tmp_path, "u.csv", "Name,City\nAlice,Berlin\n", table_name="u")
    assert codes(record) == []


def test_names_as_programs_write_them_are_a_header(tmp_path):
    record, _ = imported(tmp_path, "id,first_name\n")

    assert codes(record) == []


# --- comments


def test_comments_do_not_hide_the_delimiter(tmp_path):
    record, rows = imported(tmp_path, "# made by x\n# y\na,b\n1,2\n# middle\n3,4\n")

    assert list(columns_of("t"))[1:3] == ["a", "b"]
    assert rows[0] == ("1", 2)
    assert record.not_read["counts"] == {"comment": 2}
    assert record.mapping_errors_count == 1  # the comment between the rows is one with too few values


def test_comments_with_the_delimiter_in_them_do_not_hide_it(tmp_path):
    _, rows = imported(tmp_path, "# a; b\n# c; d; e\nid;n\n# x, y\n1;2\n3;4\n")

    assert list(columns_of("t"))[1:3] == ["source_id", "n"]
    assert ("3", 4) in rows


def test_texts_with_a_number_sign_in_one_column_stay_one_column(tmp_path):
    _, rows = imported(tmp_path, "tag\n#one\n#two\n#three, four\n")

    assert rows == [("#one",), ("#two",), ("#three, four",)]


# --- tables one below the other

NUMBERS = "a,b\n" + "".join(f"{i},{i}\n" for i in range(6))


def test_a_table_of_texts_below_one_of_numbers_is_another(tmp_path):
    record, rows = imported(tmp_path, NUMBERS + "\nname,city\nx,u\ny,v\nz,w\n")

    assert rows == [(i, i) for i in range(6)]
    assert record.not_read["counts"] == {"other_table": 4}
    assert record.warnings


def test_a_table_of_texts_with_a_title_below_one_of_numbers_is_another(tmp_path):
    record, rows = imported(tmp_path, NUMBERS + "\nTable 2\nname,city\nx,u\ny,v\nz,w\n")

    assert rows == [(i, i) for i in range(6)]
    assert record.not_read["counts"] == {"other_table": 5}


@pytest.mark.parametrize(
    "below",
    [
        "\nunknown,missing\n7,7\n8,8\n9,9\n",  # one row with misfits
        "\nunknown,missing\nnone,lost\nunknown,missing\n",  # words that occur again are values
        "name,city\nx,u\ny,v\nz,w\n",  # no blank line
    ],
)
def test_rows_with_misfits_are_no_other_table(tmp_path, below):
    record, _ = imported(tmp_path, NUMBERS + below)

    assert record.rows_inserted == 6 + len(below.strip().splitlines())
    assert record.not_read["counts"] == {}


# --- encodings


def test_japanese_mail_encoding_is_read(tmp_path):
    record, rows = imported(tmp_path, "番号,名前\n1,山田太郎\n2,鈴木一郎\n".encode("iso2022_jp"))

    assert rows == [(1, "山田太郎"), (2, "鈴木一郎")]
    assert "番号" in columns_of("t")
    assert "not_utf_8" in codes(record)


def test_colours_of_a_terminal_are_no_japanese(tmp_path):
    _, rows = imported(tmp_path, "id,name\n1,\x1b[31mred\x1b[0m\n2,plain\n")

    assert rows == [(1, "\x1b[31mred\x1b[0m"), (2, "plain")]


# --- texts that are no table


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("YAML", "---\nname: x\nvalues:\n  - 1\n  - 2\n"),
        ("database shell", "+----+------+\n| id | name |\n+----+------+\n|  1 | Ada  |\n+----+------+\n"),
        ("database shell", "\n+====+\n| id |\n+----+\n|  1 |\n+----+\n1 row in set\n"),
        ("YAML", "version: 2\nservices:\n  web:\n    image: nginx\n"),
        ("BibTeX", "@article{knuth84,\n title={Literate},\n year=1984}\n"),
    ],
)
def test_other_texts_are_refused_with_what_they_are(tmp_path, kind, text):
    with pytest.raises(UnreadableFile, match=kind):
        imported(tmp_path, text)


def test_columns_that_look_like_other_texts_are_read(tmp_path):
    _, rows = imported(tmp_path, "key: value;note\na: 1;- x\nb: 2;- y\n")

    assert rows == [("a: 1", "- x"), ("b: 2", "- y")]


@pytest.mark.parametrize("text", ["+1-2+,b\n3,4\n5,6\n", "+---+,n\n| a |,1\n| b |,2\n", "+|-\n1|2\n3|4\n"])
def test_a_plus_at_the_beginning_is_no_frame(tmp_path, text):
    assert import_text(tmp_path, "a.csv", text, table_name="t").rows_inserted == 2


def test_notes_above_a_table_are_no_yaml(tmp_path):
    _, rows = imported(tmp_path, "Author: X\nNotes:\n - one\n - two\nid,n,m\n1,2,3\n4,5,6\n7,8,9\n10,11,12\n")

    assert len(rows) == 4


# --- the first row that was asked for, below a header that was asked for


def workbook(folder, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / "t.xlsx"
    book.save(path)
    return path


HEADER_AND_FIRST = {"header_row": 1, "first_row": 4}


def test_rows_between_header_and_first_row_are_not_read(tmp_path):
    record, rows = imported(tmp_path, "a,b\n1,2\n\n3,4\n5,6\n", source_options=HEADER_AND_FIRST)

    assert rows == [(3, 4), (5, 6)]
    assert record.not_read["counts"] == {"note": 1}
    assert record.not_read["lines_read"] == 3
    assert record.mapping_config["source_options"]["first_row"] == 4
    assert rows_of("t", "_source_row_number")[0]["_source_row_number"] == 1


def test_rows_between_header_and_first_row_of_a_sheet_are_not_read(tmp_path):
    path = workbook(tmp_path, ("a", "b"), (1, 2), (3, 4), (5, 6), (7, 8))
    record = import_path(path, table_name="t", source_options=HEADER_AND_FIRST)

    assert [(row["a"], row["b"]) for row in rows_of("t")] == [(5, 6), (7, 8)]
    assert record.not_read["counts"] == {"note": 2}
    assert record.mapping_config["source_options"]["first_row"] == 4


def test_a_first_row_above_the_one_below_the_header_leaves_nothing_out(tmp_path):
    record, rows = imported(tmp_path, "a,b\n1,2\n3,4\n", source_options={"header_row": 1, "first_row": 2})

    assert rows == [(1, 2), (3, 4)]
    assert record.not_read["counts"] == {}


def test_a_first_row_below_the_file_is_refused(tmp_path):
    with pytest.raises(InvalidMapping, match="first_row is 9"):
        imported(tmp_path, "a,b\n1,2\n", source_options={"header_row": 1, "first_row": 9})


# --- the same in sheets


def test_the_only_row_below_a_title_of_a_sheet_is_a_row(tmp_path):
    record = import_path(workbook(tmp_path, ("Report 2024",), (), (5, "John", 2.5)), table_name="t")

    assert [row["column_2"] for row in rows_of("t")] == ["John"]
    assert record.not_read["counts"] == {"title": 1}


def test_the_only_row_of_names_below_a_title_of_a_sheet_is_a_header(tmp_path):
    import_path(workbook(tmp_path, ("Report 2024",), (), ("id", "name", "city")), table_name="t")

    assert rows_of("t") == []


def test_a_table_of_texts_below_one_of_numbers_in_a_sheet_is_another(tmp_path):
    numbers = [(i, i) for i in range(6)]
    texts = [("name", "city"), ("x", "u"), ("y", "v"), ("z", "w")]
    record = import_path(workbook(tmp_path, ("a", "b"), *numbers, (), *texts), table_name="t")

    assert [(row["a"], row["b"]) for row in rows_of("t")] == numbers
    assert record.not_read["counts"] == {"other_table": 4}


def test_rows_with_misfits_in_a_sheet_are_no_other_table(tmp_path):
    numbers = [(i, i) for i in range(6)]
    below = [("unknown", "missing"), (7, 7), (8, 8), (9, 9)]
    record = import_path(workbook(tmp_path, ("a", "b"), *numbers, (), *below), table_name="t")

    assert record.rows_inserted == 10
