"""Text files that are workbooks: HTML tables and Excel 2003's XML, as programs write them under .xls."""

import pytest

from imports.errors import UnreadableFile
from tests.importing import columns_of, import_path, rows_of
from tests.imports.reading import read_path

HTML = ("text_workbook_read", {"kind": "html"})
XML = ("text_workbook_read", {"kind": "excel_2003"})
ROWS = "<table><tr><th>k</th><th>v</th></tr><tr><td>1</td><td>2.5</td></tr></table>"


def read_text(tmp_path, text, name="book.xls", encoding="utf-8", **options):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_path(path, **options)


def workbook(*sheets, styles=""):
    """sheets: (name, XML of rows)."""
    inside = "".join(f'<Worksheet ss:Name="{name}"><Table>{rows}</Table></Worksheet>' for name, rows in sheets)
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles>{styles}</Styles>{inside}</Workbook>'
    )


def row(*cells, attributes=""):
    """cells: (type, text), or (type, text, attributes of the cell)."""
    inside = "".join(
        f'<Cell {more[0] if more else ""}><Data ss:Type="{kind}">{text}</Data></Cell>' for kind, text, *more in cells
    )
    return f"<Row {attributes}>{inside}</Row>"


NAMES = row(("String", "k"), ("String", "v"))


@pytest.mark.parametrize(
    "text",
    [
        f"<html><body>{ROWS}</body></html>",
        ROWS,
        f'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body>{ROWS}</body></html>',
        f"<!DOCTYPE html><html><head><style>td {{ color: red }}</style></head><body><p>Report</p>{ROWS}</body></html>",
        f"<html><body><table><tr><td>{ROWS}</td></tr></table></body></html>",
        ROWS.replace("<th", "<TD").replace("</th", "</TD").replace("</td>", "").replace("</tr>", ""),
    ],
)
def test_a_table_of_html_under_the_name_of_a_workbook_is_read(tmp_path, text):
    found = read_text(tmp_path, text)

    assert (found.header, found.rows) == (["k", "v"], [("1", "2.5")])
    assert found.warned[0] == HTML
    assert found.file_info.native_text == set()


def test_types_of_an_html_table_are_found_as_in_any_text(atlas_db, tmp_path):
    (tmp_path / "t.xls").write_text(f"<html><body>{ROWS}</body></html>")

    import_path(tmp_path / "t.xls", table_name="t")

    assert [columns_of("t")[name] for name in ("k", "v")] == ["integer", "numeric"]
    assert [str(row["v"]) for row in rows_of("t")] == ["2.5"]


def test_cells_over_several_rows_and_columns_move_the_others(tmp_path):
    text = (
        "<table><tr><td>a</td><td>b</td><td>c</td></tr>"
        "<tr><td rowspan=2>1</td><td>2</td><td>3</td></tr><tr><td>4</td><td>5</td></tr>"
        "<tr><td colspan=2>6</td><td>7</td></tr></table>"
    )

    found = read_text(tmp_path, text, header_row=1)

    assert found.rows == [("1", "2", "3"), (None, "4", "5"), ("6", None, "7")]


def test_texts_of_html_are_as_a_browser_shows_them(tmp_path):
    text = (
        "<table><tr><th>name</th><th>n</th></tr><tr><td> Ann\n  &amp;&nbsp;Bob <b>&lt;x&gt;</b><br>Oslo</td>"
        "<td x:num='1234.5'>1,234.50</td></tr></table>"
    )

    assert read_text(tmp_path, text).rows == [("Ann & Bob <x>\nOslo", "1234.5")]


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("utf-8", ""), ("cp1252", ""), ("cp1252", "<meta charset=windows-1252>"), ("utf-16", ""),
        ("cp1250", "<meta http-equiv=Content-Type content='text/html; charset=windows-1250'>"),
    ],
)  # fmt: skip
def test_html_is_read_in_its_encoding(tmp_path, encoding, head):
    text = f"<html><head>{head}</head>{ROWS.replace('>1<', '>Köln<')}</html>"

    assert read_text(tmp_path, text, encoding=encoding).rows == [("Köln", "2.5")]


def test_the_largest_table_of_html_is_read_and_the_others_are_named(tmp_path):
    small = "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>"
    large = "<table><tr><td>x</td><td>y</td></tr>" + "<tr><td>1</td><td>2</td></tr>" * 3 + "</table>"

    found = read_text(tmp_path, f"<html>{small}{large}</html>")

    assert (found.header, len(found.rows)) == (["x", "y"], 3)
    assert found.file_info.choices == {"sheet": ["Table 2", "Table 1"]}
    assert read_text(tmp_path, f"<html>{small}{large}</html>", sheet="Table 1").rows == [("1", "2")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.csv", f"<html><body>{ROWS}</body></html>"),
        ("login.xls", "<!DOCTYPE html><html><body><form>Sign in</form></body></html>"),
        ("layout.xls", "<html><table><tr><td>Please sign in</td></tr></table></html>"),
    ],
)
def test_a_web_page_is_no_workbook(tmp_path, name, text):
    with pytest.raises(UnreadableFile, match="web page"):
        read_text(tmp_path, text, name)


@pytest.mark.parametrize("name", ["book.xls", "book.xml", "book.xlsx"])
def test_a_workbook_of_excel_2003_is_read(tmp_path, name):
    found = read_text(tmp_path, workbook(("S", NAMES + row(("Number", "1"), ("Number", "2.5")))), name)

    assert (found.header, found.rows, found.locations) == (["k", "v"], [("1", "2.5")], ["sheet S, row 2"])
    assert found.warned == [XML]
    assert found.file_info.native_text == set()


def test_values_of_excel_2003(tmp_path):
    styles = '<Style ss:ID="z"><NumberFormat ss:Format="00000"/></Style>'
    styles += '<Style ss:ID="h"><NumberFormat ss:Format="[h]:mm"/></Style>'
    rows = row(*[("String", name) for name in ("code", "n", "day", "at", "clock", "ok", "zip", "span", "sum")])
    rows += row(
        ("String", "007"), ("Number", "9007199254740993"), ("DateTime", "2024-01-05T00:00:00.000"),
        ("DateTime", "2024-01-05T10:30:00.000"), ("DateTime", "1899-12-31T10:30:00.000"), ("Boolean", "1"),
        ("Number", "2134", 'ss:StyleID="z"'), ("DateTime", "1900-01-01T06:00:00.000", 'ss:StyleID="h"'),
        ("Error", "#DIV/0!"),
    )  # fmt: skip

    found = read_text(tmp_path, workbook(("S", rows), styles=styles))

    assert found.rows == [
        ("007", "9007199254740993", "2024-01-05", "2024-01-05T10:30:00", "10:30:00", "true", "02134", "30:00:00", None)
    ]
    assert found.told() == [(1, "excel_error_cell", False, (*found.rows[0][:-1], "#DIV/0!"))]
    assert found.file_info.native_text == {0, 6}


def test_cells_and_rows_of_excel_2003_may_skip_places(tmp_path):
    rows = (
        NAMES + row(("Number", "1", 'ss:Index="2"'), attributes='ss:Index="4"') + row(("String", "x"), ("Number", "2"))
    )

    found = read_text(tmp_path, workbook(("S", rows)))

    assert (found.rows, found.positions) == ([(None, "1"), ("x", "2")], [4, 5])


def test_sheets_of_excel_2003_can_be_chosen(tmp_path):
    text = workbook(("A", NAMES + NAMES.replace("k", "x")), ("B", NAMES + row(("Number", "1"), ("Number", "2"))))

    assert read_text(tmp_path, text).file_info.choices == {"sheet": ["A", "B"]}
    assert read_text(tmp_path, text, sheet="B").rows == [("1", "2")]


def test_xml_that_only_names_the_format_is_xml(tmp_path):
    text = '<rows xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><row><a>1</a></row><row><a>2</a></row></rows>'

    assert read_text(tmp_path, text, "rows.xml").file_info.file_type == "xml"


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "text",
    [
        workbook(("S", NAMES + row(("String", "&b;"), ("Number", "1")))).replace("<Workbook", f"{ENTITIES}<Workbook"),
        workbook(("S", NAMES + row(("Number", "1", 'ss:Index="99999999"')))),
        workbook(("S", NAMES + row(("Number", "1"), attributes='ss:Index="99999999"'))),
        workbook(("S", NAMES + row(("Number", "1", 'ss:Index="16384"'), attributes='ss:Index="1048576"'))),
        workbook(("S", NAMES + row(("Number", "one"), ("Number", "1")))),
        workbook(("S", NAMES))[:-20],
    ],
    ids=["entities", "far column", "far row", "spread", "no number", "cut"],
)
def test_a_workbook_of_excel_2003_that_breaks_the_rules_is_refused(tmp_path, text):
    with pytest.raises(UnreadableFile):
        read_text(tmp_path, text)


@pytest.mark.parametrize(
    "cell", ["<td colspan=9999999>1</td><td colspan=9999999>2</td>" * 50, "<td rowspan=9999999 colspan=9999999>1</td>"]
)
def test_cells_of_html_over_endless_places_cost_little(tmp_path, cell):
    text = f"<table><tr><td>a</td><td>b</td></tr><tr>{cell}</tr><tr><td>3</td></tr></table>"

    try:
        assert read_text(tmp_path, text).header == ["a", "b"]
    except UnreadableFile as error:
        assert error.message.code == "damaged_workbook"
