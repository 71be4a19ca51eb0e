"""manage.py read_files: a directory of files in, what was understood of each out, without a database."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from imports.management.commands import read_files
from tests.imports.reading import FILES

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def read(tmp_path):
    """Reads files given as name=bytes; (the outputs by name, lines of stdout, lines of stderr)."""

    def run(**files):
        (tmp_path / "in").mkdir(exist_ok=True)
        for name, content in files.items():
            (tmp_path / "in" / name).write_bytes(content)
        said, refused = io.StringIO(), io.StringIO()
        call_command("read_files", tmp_path / "in", tmp_path / "out", stdout=said, stderr=refused)
        outputs = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        return outputs, said.getvalue().splitlines(), refused.getvalue().splitlines()

    return run


# file: what is written
WRITTEN = {
    "csv/plain.csv": b"name,age\r\nAnn,30\r\nBob,25\r\n",
    "csv/no_header.csv": b"7,2024-01-05\r\n8,2024-01-06\r\n",
    "csv/header_only.csv": b"a,b\r\n",
    "csv/null_and_empty.csv": b'a,b,c\r\n,"",x\r\n ,  ,\r\n',
    "csv/duplicate_names.csv": b"a,a,\r\n1,2,3\r\n",
    "csv/one_column.csv": b"x\r\n1\r\n\r\n3\r\n",
    "csv/quotes.csv": b'who,said\r\nAnn,"hi, ""you"""\r\nBob,"5"" pipe"\r\nCem,\r\n',
    "csv/lines_in_values.csv": b'a,b\r\n1,"x\ny"\r\n2,z\r\n"3\r\n\r\n",w\r\n4,v\r\n',
    "csv/values_stay.csv": b"code,amount,note\r\n00123,2.50, padded \r\n+1,1e3,  quoted  \r\n",
    "csv/semicolons.csv": b'name,price\r\nAnn,"1,50"\r\nBob,"2,75"\r\n',
    "csv/tabs.tsv": b'name,age\r\nAnn,30\r\n"Bob, Jr",25\r\n',
    "csv/too_few.csv": b"a,b,c\r\n1,2,3\r\n4\r\n5,6\r\n7,8,9\r\n",
    "csv/too_many.csv": b"a,b\r\n1,2\r\n3,4,5\r\n6,7\r\n",
    "corpus/csv/repeated_header.csv": b"id,name\r\n1,Ann\r\n2,Bob\r\n3,Cem\r\n4,Dan\r\n",
    "corpus/csv/title.csv": b"id,name,amount\r\n1,Ann,10.5\r\n2,Bob,7.0\r\n3,Cem,9.5\r\n",
    "corpus/csv/total.csv": b"id,name,amount\r\n1,Ann,10.5\r\n2,Bob,7.0\r\n3,Cem,9.5\r\n",
    "corpus/csv/two_header_rows.csv": b"region,2023 sales,2023 cost,2024 sales,2024 cost\r\nNorth,10,5,12,6\r\n"
    b"South,20,9,22,10\r\nEast,15,7,14,8\r\n",
    "corpus/csv/european_numbers.csv": b'item,amount\r\na,"1.234,50"\r\nb,"12.000,00"\r\nc,"999,99"\r\n',
    "corpus/archives/people.zip": b"id,name\r\n1,Ann\r\n2,Bob\r\n",
    "csv/nul.csv": b"a,b\r\n1,x\0y\r\n2,z\r\n",
    "csv/utf16.csv": "name,city\r\nJosé,Zürich\r\n".encode(),
    "excel/sheets.xlsx": b"name,n\r\nAnn,1\r\nBob,2\r\nCem,\r\n",
    "excel/errors.xlsx": b"name,rate,sum\r\nAnn,#DIV/0!,1\r\nBob,2,3\r\n#N/A,#REF!,5\r\n,#NAME?,\r\n",
    "json/array.json": b"id,name,score,ok\r\n1,Ann,1.50,\r\n2,,,true\r\n,Cem,1e3,false\r\n",
    "json/lines.ndjson": b"id,v,w\r\n1,x,\r\n2,,y\r\n3,,\r\n",
    "json/numbers.json": b"1,2\r\n3,4\r\n",
    "xml/people.xml": b"@id,name,city,age\r\n1,Ann, Bern ,\r\n2,Bob,,30\r\n",
}


@pytest.mark.parametrize("file", WRITTEN)
def test_what_was_understood_is_written_as_it_stood(read, file):
    path = FILES / file

    outputs, _, refused = read(**{path.name: path.read_bytes()})

    assert (outputs, refused) == ({path.name: WRITTEN[file]}, [])


def test_bytes_that_are_no_text_are_replaced_in_their_place(read):
    outputs, _, _ = read(**{"a.csv": "é,ü\nä,ö\n".encode() * 9 + b"\xff,1\n"})

    assert outputs["a.csv"].decode().splitlines()[-2:] == ["ä,ö", "\ufffd,1"]


def test_one_bad_file_does_not_stop_the_others(read):
    outputs, said, refused = read(
        **{"a.csv": b"x,y\n1,2\n", "b.csv": b"\x89PNG\r\n\x1a\n\x00", "c.json": b'[{"x":', "d.csv": b"x,y\n3,4\n"}
    )

    assert outputs == {"a.csv": b"x,y\r\n1,2\r\n", "d.csv": b"x,y\r\n3,4\r\n"}
    assert refused == [
        "b.csv: rejected: This file is a PNG image, not a table. Choose a CSV, Excel, JSON or XML file.",
        "c.json: rejected: Invalid JSON (line 1, character 7): expected a value, but the text ends. "
        "Please export or upload the file again.",
    ]
    assert said == [
        'a.csv: 1 rows of csv {"encoding": "utf-8", "delimiter": ",", "quote": "\\"", "header_row": 1}',
        'd.csv: 1 rows of csv {"encoding": "utf-8", "delimiter": ",", "quote": "\\"", "header_row": 1}',
        "2 files read, 2 rejected",
    ]


def test_a_refused_file_leaves_no_output_of_an_earlier_run(read):
    read(**{"a.json": b'[{"x":1}]'})

    assert read(**{"a.json": b'[{"x":1}'})[0] == {}


def test_an_error_of_a_reader_is_printed_and_does_not_stop_the_others(read, monkeypatch):
    def fall_over(source, request, **options):
        if source.name == "a.csv":
            raise ZeroDivisionError
        return opened(source, request, **options)

    opened = read_files.opened
    monkeypatch.setattr(read_files, "opened", fall_over)

    outputs, _, refused = read(**{"a.csv": b"x,y\n1,2\n", "b.csv": b"x,y\n1,2\n"})

    assert list(outputs) == ["b.csv"]
    assert refused == ["a.csv: rejected: internal error (ZeroDivisionError); the file is fine"]


def test_what_is_written_is_of_the_same_name_however_odd(read):
    names = ["n\udcff\nx.csv", ".hidden.csv", "no ending", "é;ü.csv"]

    outputs, said, refused = read(**dict.fromkeys(names, b"x,y\n1,2\n"))

    assert outputs == dict.fromkeys(names, b"x,y\r\n1,2\r\n")
    assert [line.partition(":")[0] for line in said[:-1]] == [".hidden.csv", "no ending", "n__x.csv", "é;ü.csv"]
    assert refused == []


def test_directories_are_passed_over(read, tmp_path):
    (tmp_path / "in" / "more.csv").mkdir(parents=True)

    assert read(**{"a.csv": b"x,y\n1,2\n"})[0] == {"a.csv": b"x,y\r\n1,2\r\n"}


def test_many_records_are_written_in_order(read):
    rows = [b"%d,x%d" % (number, number % 7) for number in range(200_000)]

    outputs, _, _ = read(**{"many.csv": b"\n".join([b"n,t", *rows, b""])})

    assert outputs["many.csv"] == b"\r\n".join([b"n,t", *rows, b""])


def test_unusable_directories_are_an_error(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        call_command("read_files", tmp_path / "none", tmp_path / "out")
    with pytest.raises(CommandError, match="are the same"):
        call_command("read_files", tmp_path, tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="exists"):
        call_command("read_files", tmp_path, tmp_path / "file")


def test_it_starts_no_database_and_minds_no_terminal(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "é.csv").write_text("x,y\n1,2\n")
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"DJANGO_SETTINGS_MODULE": "atlas.settings", "ATLAS_DATA_DIR": str(tmp_path / "data")}
    environment["PYTHONIOENCODING"] = "ascii"

    command = [sys.executable, "manage.py", "read_files", tmp_path / "in", tmp_path / "out"]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=300)

    assert (done.returncode, done.stderr, (tmp_path / "out" / "é.csv").read_text()) == (0, "", "x,y\n1,2\n")
    assert done.stdout.startswith("\\xe9.csv: 1 rows of csv ")
    assert not (tmp_path / "data" / "postgres").exists()
