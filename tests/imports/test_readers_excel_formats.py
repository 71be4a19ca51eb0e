"""Numbers of a workbook as their format shows them: dates and times that are none, codes with zeros."""

import re
import zipfile

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.importing import columns_of, import_path, rows_of
from tests.imports.reading import FILES, read_file, read_path

DAY, MOMENT, CLOCK = "yyyy-mm-dd", "m/d/yy h:mm", "h:mm"


def book(path, rows, *, code, epoch=None):
    """A workbook of a column of texts and one of numbers in this format."""
    workbook = openpyxl.Workbook()
    if epoch:
        workbook.epoch = epoch
    sheet = workbook.active
    sheet.append(["name", "value"])
    for name, number in rows:
        sheet.append([name, number])
        sheet.cell(sheet.max_row, 2).number_format = code
    workbook.save(path)
    return path


def read_numbers(tmp_path, numbers, code, **kwargs):
    rows = [(f"n{i}", number) for i, number in enumerate(numbers)]
    return read_path(book(tmp_path / "book.xlsx", rows, code=code, **kwargs))


def values(found):
    return [row[1] for row in found.rows]


@pytest.mark.parametrize("epoch", [None, CALENDAR_MAC_1904])
@pytest.mark.parametrize(
    ("code", "shown"),
    [("h:mm", "-1:30"), ("hh:mm:ss", "-01:30:00"), ("h:mm AM/PM", "-1:30"), ("[$-409]h:mm;@", "-1:30")],
)
def test_a_negative_time_is_an_error_that_says_what_is_shown(tmp_path, code, shown, epoch):
    found = read_numbers(tmp_path, [2 / 24, -1.5 / 24], code, epoch=epoch)

    assert values(found) == ["02:00:00", None]
    assert found.told() == [(2, "datetime_conversion", False, ("n1", shown))]
    assert found.messages() == [f"cell B3 shows {shown}, which is not a date or time of day"]


def test_a_column_of_times_stays_one_over_a_negative_time(atlas_db, tmp_path):
    import_path(book(tmp_path / "b.xlsx", [("Ada", 2 / 24), ("Bob", -1.5 / 24)], code=CLOCK), table_name="t")

    assert columns_of("t")["value"] == "time without time zone"
    assert [str(row["value"]) for row in rows_of("t")] == ["02:00:00", "None"]


def test_negative_durations_are_texts_as_shown(tmp_path):
    found = read_numbers(tmp_path, [26.5 / 24, -1.5 / 24], "[h]:mm")

    assert (values(found), found.problems) == (["26:30:00", "-01:30:00"], {})


def test_a_negative_number_without_a_format_of_times_is_a_number(tmp_path):
    found = read_numbers(tmp_path, [2.5, -1.5], "0.00")

    assert (values(found), found.problems) == (["2.5", "-1.5"], {})


@pytest.mark.parametrize(("code", "shown"), [(DAY, "1900-01-00"), (MOMENT, "1900-01-00")])
def test_a_zero_among_dates_is_the_day_before_the_first(tmp_path, code, shown):
    found = read_numbers(tmp_path, [45292, 0, 45293], code)

    assert (values(found), found.problems) == (["2024-01-01", shown, "2024-01-02"], {})


def test_a_zero_date_is_empty_with_a_correction_and_leaves_dates_dates(atlas_db, tmp_path):
    import_path(book(tmp_path / "b.xlsx", [("a", 45292), ("b", 0), ("c", 45293)], code=DAY), table_name="t")

    assert columns_of("t")["value"] == "date"
    assert [str(row["value"]) for row in rows_of("t")] == ["2024-01-01", "None", "2024-01-02"]
    assert rows_of("t")[1]["_corrections_applied"] == {
        "value": {"before": "1900-01-00", "after": None, "correction_type": "null_token", "target_type": "DATE"}
    }


def test_a_zero_among_times_is_midnight(tmp_path):
    assert values(read_numbers(tmp_path, [0.5, 0, 0.25], CLOCK)) == ["12:00:00", "00:00:00", "06:00:00"]
    assert values(read_numbers(tmp_path, [0.5, 0, 0.25], MOMENT)) == ["12:00:00", "00:00:00", "06:00:00"]


def test_a_zero_of_1904_is_its_first_day(tmp_path):
    found = read_numbers(tmp_path, [43830, 0], DAY, epoch=CALENDAR_MAC_1904)

    assert values(found) == ["2024-01-01", "1904-01-01"]


def test_a_zero_date_is_an_error_where_other_texts_mean_no_value(tmp_path):
    path = book(tmp_path / "b.xlsx", [("a", 45292), ("b", 0)], code=DAY)

    found = read_path(path, null_tokens=["none"])

    assert values(found) == ["2024-01-01", None]
    assert found.told() == [(2, "datetime_conversion", False, ("b", "1900-01-00"))]


def test_a_part_of_day_zero_among_dates_is_an_error(tmp_path):
    found = read_numbers(tmp_path, [45292.5, 0.25], MOMENT)

    assert values(found) == ["2024-01-01T12:00:00", None]
    assert found.told() == [(2, "datetime_conversion", False, ("n1", "1900-01-00 06:00:00"))]


def test_the_29_february_1900_does_not_exist(tmp_path):
    found = read_numbers(tmp_path, [59, 60, 61], DAY)

    assert values(found) == ["1900-02-28", None, "1900-03-01"]
    assert found.told() == [(2, "datetime_conversion", False, ("n1", "1900-02-29"))]


@pytest.mark.parametrize("number", [2_958_466, 20_240_105])
def test_a_number_after_the_last_day_is_no_date(tmp_path, number):
    found = read_numbers(tmp_path, [45292, number, 2_958_465], DAY)

    assert values(found) == ["2024-01-01", None, "9999-12-31"]
    assert found.told() == [(2, "datetime_conversion", False, ("n1", str(number)))]


def test_numbers_after_the_last_day_are_numbers_where_there_are_no_dates(tmp_path):
    found = read_numbers(tmp_path, [20_240_105, 20_240_106], DAY)

    assert (values(found), found.problems) == (["20240105", "20240106"], {})


def test_day_60_of_1904_is_a_day(tmp_path):
    found = read_numbers(tmp_path, [59, 60, 61], DAY, epoch=CALENDAR_MAC_1904)

    assert (values(found), found.problems) == (["1904-02-29", "1904-03-01", "1904-03-02"], {})


def test_hours_beyond_a_day_are_not_lost_where_the_format_shows_the_rest(tmp_path):
    assert values(read_numbers(tmp_path, [8 / 24, 25 / 24], CLOCK)) == ["08:00:00", "25:00:00"]


def test_a_date_in_the_format_of_a_time_stays_a_date(tmp_path):
    assert values(read_numbers(tmp_path, [45292.5, 45293.5], CLOCK)) == ["2024-01-01T12:00:00", "2024-01-02T12:00:00"]


CODES = {
    "00000": ([2134, 10001], ["02134", "10001"]),
    "000-00-0000": ([78051120, 123456789], ["078-05-1120", "123-45-6789"]),
    "[<=99999]00000;00000-0000": ([2134, 21341234], ["02134", "02134-1234"]),
    '"INV-"0000': ([7, 12345], ["INV-0007", "INV-12345"]),
    "00\\ 00": ([712, 1234], ["07 12", "12 34"]),
}


@pytest.mark.parametrize("code", CODES)
def test_numbers_that_are_shown_with_zeros_are_texts(tmp_path, code):
    numbers, shown = CODES[code]

    found = read_numbers(tmp_path, numbers, code)

    assert (values(found), found.file_info.native_text) == (shown, {0, 1})
    assert found.warned == [("numbers_as_shown", {"columns": ["B"], "example": shown[0]})]


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ("00000", [21345, 10001]),
        ("00000", [2134.5, 7.25]),
        ("0.00", [7, 12]),
        ("#,##0", [7, 1234]),
        ('00" kg"', [7, 12]),
    ],
)
def test_numbers_that_are_shown_as_numbers_stay_numbers(tmp_path, code, numbers):
    found = read_numbers(tmp_path, numbers, code)

    assert (values(found), found.warnings) == ([f"{number:g}" for number in numbers], [])
    assert found.file_info.native_text == {0}


def test_zeros_are_kept_in_the_table(atlas_db, tmp_path):
    import_path(book(tmp_path / "b.xlsx", [("a", 2134), ("b", 10001)], code="00000"), table_name="t")

    assert columns_of("t")["value"] == "text"
    assert [row["value"] for row in rows_of("t")] == ["02134", "10001"]


def test_formats_of_the_older_workbooks_are_looked_at_too():
    found = read_file("excel/formats.xls")

    assert found.rows == [
        ("Ada", "02:00:00", "2024-01-01", "02134", "1.5"),
        ("Bob", None, "1900-01-00", "10001", "-2"),
        ("Cem", "06:00:00", None, "00501", "0"),
    ]
    assert [(number, code) for number, code, *_ in found.told()] == [
        (2, "datetime_conversion"),
        (3, "datetime_conversion"),
    ]
    assert found.warned == [
        ("hidden_row", {"row": 4}), ("numbers_as_shown", {"columns": ["D"], "example": "02134"}),
    ]  # fmt: skip


def test_zeros_of_an_open_document_are_kept(tmp_path):
    cells = {"zip": (2134, "02134"), "n": (7, "7"), "money": (0.5, "0.50")}
    names = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>' for name in cells
    )
    values = "".join(
        f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{shown}</text:p>'
        "</table:table-cell>"
        for value, shown in cells.values()
    )
    content = zipfile.ZipFile(FILES / "excel/open.ods").read("content.xml").decode()
    rows = f"<table:table-row>{names}</table:table-row><table:table-row>{values}</table:table-row>"
    content = re.sub(r"<table:table-row.*</table:table-row>", rows, content, flags=re.DOTALL)
    with zipfile.ZipFile(FILES / "excel/open.ods") as old, zipfile.ZipFile(tmp_path / "new.ods", "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == "content.xml" else old.read(name))

    assert read_path(tmp_path / "new.ods").rows == [("02134", "7", "0.5")]
