"""What of a file is no row: counted by kind, so that every line is a row's, the header's, or not read."""

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.readers import open_reader
from tests.imports.reading import read_path, source_of

TABLE = ["day,n,v", "2024-01-05,1,1.5", "2024-01-06,2,2.5", "2024-01-07,3,3.5"]
OTHER = ["id,town", "1,Ulm", "2,Bonn", "3,Kiel"]


def written(folder, *lines, end="\n", name="t.csv"):
    path = folder / name
    path.write_bytes((end.join(lines) + end).encode())
    return path


def not_read(path, **options):
    return read_path(path, **options).file_info.not_read


@pytest.mark.parametrize(
    ("lines", "counts", "read"),
    [
        (TABLE, {}, 4),
        (["Report", "of January", "", *TABLE], {"title": 2}, 4),
        ([*TABLE, "", "Source: the office", "and others"], {"footer": 2}, 4),
        ([*TABLE, "", *OTHER, "", "a,b,c,d", *["1,2,3,4"] * 3], {"other_table": 8}, 4),
        ([*OTHER[:3], "", *TABLE, *TABLE[1:]], {"other_table": 3}, 7),
        (['day,"n\nof it",v', *TABLE[1:], '2024-01-08,4,"a\n\nb"'], {}, 8),
        (["n", "1", "", "2"], {}, 3),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_that_are_no_rows_are_counted_by_kind(tmp_path, lines, counts, read, end):
    found = not_read(written(tmp_path, *lines, end=end))

    assert (found.counts, found.lines_read) == (counts, read)


def test_parts_say_where_they_are(tmp_path):
    found = not_read(written(tmp_path, "Report", "", *TABLE, "", *OTHER))

    assert [part.as_json() for part in found.parts] == [
        {"kind": "title", "count": 1, "first_line": 1, "last_line": 2},
        {"kind": "other_table", "count": 4, "first_line": 8, "last_line": 11},
    ]


def test_lines_outside_the_rows_that_were_asked_for_are_counted(tmp_path):
    path = written(tmp_path, *TABLE, "", *OTHER)
    found = not_read(path, header_row=1, last_row=3)

    assert found.lines_read == 3
    assert found.counts == {"footer": 5}


def test_lines_can_be_read_again(tmp_path):
    path = written(tmp_path, "Grüße", "", "second", *TABLE, end="\r\n")

    assert list(open_reader(source_of(path), {}).source_lines(1, 3)) == [(1, "Grüße"), (3, "second")]


def test_other_files_of_an_archive_give_a_warning(tmp_path):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "\n".join(TABLE))
        archive.writestr("b.csv", "a,b\n1,2\n")
        archive.writestr("readme.txt", "about")
    found = not_read(path)

    assert found.counts == {"archive_member": 2}
    assert {part.name for part in found.parts} == {"b.csv", "readme.txt"}
    assert found.lines == 0


CELLS = st.text("ab1,; ", max_size=6) | st.sampled_from(["1", "2024-01-05", "Total", "x" * 20, ""])
LINES = st.lists(st.lists(CELLS, max_size=4).map(",".join) | st.sampled_from(["", *TABLE, *OTHER]), max_size=14)


@settings(max_examples=300, deadline=None)
@given(before=LINES, after=LINES, end=st.sampled_from(["\n", "\r\n", "\r"]), ended=st.booleans())
def test_every_line_is_read_or_counted_as_not_read(tmp_path_factory, before, after, end, ended):
    lines = [*before, *TABLE, *TABLE[1:], *after]
    path = tmp_path_factory.mktemp("law") / "t.csv"
    path.write_bytes((end.join(lines) + (end if ended else "")).encode())
    found = not_read(path)

    assert found.lines_read + found.lines == sum(map(bool, lines))


def test_lines_in_a_long_file_are_counted(tmp_path):
    records = [f'2024-01-05,{n},"a\n\nb"' if n % 1000 == 0 else f"2024-01-05,{n},1" for n in range(30_000)]
    found = not_read(written(tmp_path, *TABLE, *records, "", "Source: the office"), batch_rows=1000)

    assert (found.lines_read, found.counts) == (len(TABLE) + 30_000 + 2 * 30, {"footer": 1})
