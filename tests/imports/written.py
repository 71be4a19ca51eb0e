"""Tables for properties: drawn by hypothesis, written as a file of each format, with the text that every cell is."""

import io
import json
import re
import zipfile
from datetime import date, datetime, time
from xml.sax.saxutils import escape

from hypothesis import strategies as st
from openpyxl import Workbook

#: Each format's file name, and where its table is: few and odd rows may look like another one, or like notes below it.
NAMES = {"csv": "law.csv", "excel": "law.xlsx", "json": "law.json", "ndjson": "law.ndjson", "xml": "law.xml"}
ALL_ROWS = {"header_row": 1, "last_row": 0}
OPTIONS = {"csv": {"delimiter": ",", **ALL_ROWS}, "excel": ALL_ROWS, "xml": {"record_path": "/rows/row"}}

ODD = [
    "1", "2.0", "2.50", "-3", "007", "1,5", "$4", "NA", "", " 7 ", "yes", "true", "x", "a\nb", 'q"q', "ü😀", "a\x00b",
    "2024-01-05", "2024-02-30", "10/09/2025 8:11 PM", "2013-01-01T06:00:00Z", "10:11", '{"a":1}', "99999999999",
    "123456789012345678901234567890.5", "1e3", "inf", "05/06/2024", "1.234,50", "12345678-1234-1234-1234-1234567890AB",
]  # fmt: skip
FREE = st.text(alphabet="ab1.,- \\'\"\t", max_size=6)
TYPES = [
    "INTEGER", "BIGINT", "NUMERIC", "DOUBLE PRECISION", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME", "UUID",
    "JSONB", "TEXT", "VARCHAR(3)", "NUMERIC(4, 2)",
]  # fmt: skip


class Literal(str):
    """A number of JSON as it is written."""


NUMBERS = ["1", "2.0", "2.50", "-3", "1e3", "99999999999", "123456789012345678901234567890.5"]
NATIVE = {
    "json": [*map(Literal, NUMBERS), True, False, [], [1, "x"]],
    "excel": [
        *range(-3, 4), 2.5, -0.125, 30.0, 99999999999.0, True, False, date(2024, 1, 5), datetime(2024, 1, 5),
        datetime(2025, 10, 9, 20, 11), time(10, 11),
    ],
}  # fmt: skip
NATIVE["ndjson"] = NATIVE["json"]


def cells(kind):
    """None, texts, and whatever else the format has."""
    found = st.one_of(st.sampled_from([None, None, *ODD, *NATIVE.get(kind, [])]), FREE)
    return found.map(storable_in_xml) if kind in ("xml", "excel") else found


def storable_in_xml(cell):
    """A sheet is XML too: no NUL, and an empty text is nothing."""
    return cell.replace("\x00", "\x7f") or None if isinstance(cell, str) else cell


def schemas(names):
    """db_schema of a mapping: types of some of these columns."""
    types = st.fixed_dictionaries({name: st.sampled_from([*TYPES, None]) for name in names})
    return types.map(lambda schema: {name: sql_type for name, sql_type in schema.items() if sql_type})


@st.composite
def rows_of(draw, kind, *, width, ragged=False):
    """Lists of cells. ragged: some are shorter or longer than the header."""
    row = st.lists(cells(kind), min_size=width, max_size=width)
    if ragged:
        row = st.one_of(row, st.lists(cells(kind), min_size=1, max_size=width + 1))
    return draw(st.lists(row, min_size=0 if kind == "csv" else 1, max_size=12))


def written(kind, header, rows):
    """The bytes of the file."""
    return WRITERS[kind](header, rows)


def csv_bytes(header, rows):
    """Nothing is an empty field, a text stands in quotes."""
    quoted = [["" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row] for row in [header, *rows]]
    return "".join(",".join(row) + "\r\n" for row in quoted).encode()


def excel_bytes(header, rows):
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("rows")
    for row in [header, *rows]:
        sheet.append(row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def workbook_of(path, rows):
    """A workbook whose sheet has this XML for its rows."""
    workbook = Workbook()
    workbook.save(path.with_suffix(".empty"))
    with zipfile.ZipFile(path.with_suffix(".empty")) as empty, zipfile.ZipFile(path, "w") as archive:
        for part in empty.namelist():
            content = empty.read(part)
            if part == "xl/worksheets/sheet1.xml":
                content = re.sub(
                    rb"<sheetData ?/>|<sheetData>.*</sheetData>", f"<sheetData>{rows}</sheetData>".encode(), content
                )
            archive.writestr(part, content)
    return path


def json_bytes(header, rows):
    return ("[" + ",\n".join(json_record(header, row) for row in rows) + "]").encode()


def ndjson_bytes(header, rows):
    return "".join(json_record(header, row) + "\n" for row in rows).encode()


def json_record(header, row):
    pairs = zip([*header, "more"], row, strict=False)
    return "{" + ", ".join(f"{json.dumps(name)}: {json_text(cell)}" for name, cell in pairs) + "}"


def json_text(cell):
    return str(cell) if isinstance(cell, Literal) else json.dumps(cell, separators=(",", ":"))


def xml_bytes(header, rows):
    records = []
    for row in rows:
        pairs = zip([*header, "more"], row, strict=False)
        records.append("".join(f"<{name}>{escape(cell)}</{name}>" for name, cell in pairs if cell is not None))
    return f"<rows>{''.join(f'<row>{record}</row>' for record in records)}</rows>".encode()


WRITERS = {
    "csv": csv_bytes, "excel": excel_bytes, "json": json_bytes, "ndjson": ndjson_bytes, "xml": xml_bytes,
}  # fmt: skip


def texts_of(kind, rows, width):
    """What each cell says, as the source has it: rows of texts and None."""
    padded = [[*row, *[None] * (width - len(row))] for row in rows]
    moments = [(at, cell) for row in rows for at, cell in enumerate(row) if isinstance(cell, datetime)]
    with_times = {at for at, moment in moments if not is_midnight(moment)}
    return [[text_of(kind, cell, with_time=at in with_times) for at, cell in enumerate(row)] for row in padded]


def is_midnight(moment):
    """A sheet knows no difference between a date and its first moment."""
    return moment.time() == time()


def text_of(kind, cell, *, with_time=False):
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, datetime) and not with_time:
        return cell.date().isoformat()
    if isinstance(cell, date):
        return datetime(*cell.timetuple()[:6]).isoformat() if with_time else cell.isoformat()
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return json_text(cell)
