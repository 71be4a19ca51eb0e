"""Delimited texts that other importers read wrongly, imported whole: what is in the table, and what is said."""

import pytest

from imports.errors import UnreadableFile
from imports.models import ImportHistory, KeptRecord, MappingError
from tests.importing import columns_of, import_text, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


def imported(folder, text, **mapping):
    """Return the import, and the values of its rows."""
    record = import_text(folder, "t.csv", text, table_name="t", **mapping)
    names = [column["name"] for column in record.mapping_config["columns"]]
    return record, [tuple(row[name] for name in names) for row in rows_of("t")]


def codes(record):
    return [warning["code"] for warning in record.warning_details]


def test_names_are_not_shifted_by_a_further_column(tmp_path):
    record, rows = imported(tmp_path, "id,name\n1,a,extra1\n2,b,extra2\n3,c,extra3\n")

    assert rows[0] == (1, "a", "extra1")
    assert list(columns_of("t"))[1:3] == ["source_id", "name"]
    assert "last_columns_without_names" in codes(record)


def test_names_are_not_shifted_by_decimal_commas_without_quotes(tmp_path):
    record, rows = imported(tmp_path, "id,price,qty\n1,12,50,3\n2,9,99,1\n3,100,00,7\n")

    assert [row[0] for row in rows] == [1, 2, 3]
    assert record.mapping_config["mappings"]["price"] == "price"
    assert "last_columns_without_names" in codes(record)


def test_names_are_shifted_over_row_names(tmp_path):
    record, rows = imported(tmp_path, "mpg,cyl\nMazda RX4,21,6\nDatsun 710,22.8,4\n")

    assert record.mapping_config["header"] == ["", "mpg", "cyl"]
    assert rows[0][0] == "Mazda RX4"
    assert codes(record) == ["first_column_without_name"]


def test_one_line_is_one_row(tmp_path):
    record, rows = imported(tmp_path, "5,John,2024-01-01\n")

    assert (record.status, record.rows_inserted, codes(record)) == ("success", 1, ["no_header"])
    assert [column["name"] for column in record.mapping_config["columns"]] == ["column_1", "column_2", "column_3"]
    assert rows[0][1] == "John"


def test_an_sql_script_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="an SQL script, not a table"):
        import_text(tmp_path, "dump.sql", "INSERT INTO t (id,name) VALUES (1,'a'),(2,'b');\n")


def test_a_sum_at_the_end_is_filtered(tmp_path):
    record, rows = imported(tmp_path, "name,score\nA,1\nB,2\nSum,3\n")

    assert rows == [("A", 1), ("B", 2)]
    assert (record.total_rows_in_file, record.rows_inserted, record.rows_filtered) == (3, 2, 1)
    assert [(kept.fate, kept.reason_code) for kept in KeptRecord.objects.all()] == [("filtered", "total")]


def test_a_row_that_is_no_sum_stays(tmp_path):
    assert imported(tmp_path, "name,score\nA,1\nB,2\nSum,4\n")[1] == [("A", 1), ("B", 2), ("Sum", 4)]


def test_one_wrong_byte_empties_its_cell(tmp_path):
    content = "id,name\n1,Zürich\n2,Genève\n".encode() + b"3,Bad\xff\n4,ok\n"
    record, rows = imported(tmp_path, content)

    assert rows == [(1, "Zürich"), (2, "Genève"), (3, None), (4, "ok")]
    errors = MappingError.objects.values_list("record_number", "target_field", "error_type")
    assert list(errors) == [(3, "name", "bad_encoding")]


def test_a_short_japanese_file_is_shift_jis(tmp_path):
    record, rows = imported(tmp_path, "番号,名前\n1,山田太郎\n2,鈴木一郎\n".encode("shift_jis"))

    assert rows == [(1, "山田太郎"), (2, "鈴木一郎")]
    assert record.mapping_config["source_options"]["encoding"] == "cp932"


def test_a_row_of_words_is_no_second_header(tmp_path):
    text = "station,temp,hum\nS1,error,error\n" + "".join(f"S{n},{n}.5,{40 + n}\n" for n in range(50))
    record, rows = imported(tmp_path, text)

    assert len(rows) == 51
    assert {name: columns_of("t")[name] for name in ("station", "temp", "hum")} == dict.fromkeys(
        ("station", "temp", "hum"), "text"
    )


def test_words_are_errors_where_numbers_were_asked_for(tmp_path):
    text = "station,temp,hum\nS1,error,error\n" + "".join(f"S{n},{n}.5,{40 + n}\n" for n in range(50))
    record, rows = imported(tmp_path, text, db_schema={"temp": "NUMERIC", "hum": "NUMERIC"})

    assert (len(rows), record.mapping_errors_count) == (51, 2)


def test_a_blank_line_cuts_no_table(tmp_path):
    head = "".join(f"N{n},{n}\n" for n in range(3))
    text = "name,qty\n" + head + "\nD,unknown\n" + "".join(f"M{n},{n}\n" for n in range(100))
    record, rows = imported(tmp_path, text)

    assert (len(rows), columns_of("t")["qty"]) == (104, "text")
    assert record.not_read["lines"] == 0


def test_a_title_over_two_header_lines_is_not_read(tmp_path):
    text = "Quarterly report,,,,\n,,,,\n,Budget,,Actual,\nRegion,Sales,Cost,Sales,Cost\nN,1,2,3,4\nS,2,3,4,5\n"
    record, rows = imported(tmp_path, text)

    names = ["region", "budget_sales", "budget_cost", "actual_sales", "actual_cost"]
    assert [column["name"] for column in record.mapping_config["columns"]] == names
    assert rows == [("N", 1, 2, 3, 4), ("S", 2, 3, 4, 5)]
    assert ImportHistory.objects.get().not_read["counts"] == {"title": 2}
