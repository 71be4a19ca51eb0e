"""Sheets whose XML names its elements with a prefix, as some programs write them: read as any others."""

import re
import zipfile

import pytest

from imports.errors import UnreadableFile
from imports.readers.excel import facts_xlsx
from tests.imports.reading import FILES, read_path

WORKBOOKS = sorted(path.name for path in (FILES / "excel").glob("*.xls[xm]"))
PREFIXES = ["x", "x-1.b", "é", "$"]


def with_prefix(path, target, prefix):
    """A copy of which every element of the worksheets has the prefix."""
    name = prefix.encode()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copied:
        for part in archive.namelist():
            content = archive.read(part)
            if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                content = re.sub(rb"<(/?)(?=[A-Za-z]\w*[\s/>])", rb"<\1" + name + b":", content)
                content = content.replace(b' xmlns="', b" xmlns:" + name + b'="')
            copied.writestr(part, content)
    return target


def seen(path):
    """All that is read of a workbook, or why it is not."""
    try:
        found = read_path(path)
    except UnreadableFile as error:
        return error.details["reason"]
    return found.header, found.rows, found.positions, found.warned, found.told(), found.file_info.options


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_prefix_makes_no_difference(tmp_path, name, prefix):
    path = FILES / "excel" / name
    plain = tmp_path / "plain" / name
    plain.parent.mkdir()
    plain.write_bytes(path.read_bytes())

    assert seen(with_prefix(path, tmp_path / name, prefix)) == seen(plain)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("rows", "last"),
    [
        ('<{0}:row r="20"></{0}:row>', 20),
        ("<{0}:row></{0}:row><{0}:row/>", 12),
        ('<row r="15"></row><{0}:row r="20"></{0}:row>', 20),
        ('<{0}:rowBreaks r="20"/>', 10),
    ],
)
def test_the_last_row_is_found(prefix, rows, last):
    assert facts_xlsx._last_row(rows.format(prefix).encode(), 10) == last
