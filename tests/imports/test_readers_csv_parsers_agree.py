"""However a CSV file is cut into blocks and batches, read fast or carefully, or read again: it says the same.

A short round runs always; a long one with:

    FUZZ_EXAMPLES=100000 ./test --long tests/imports/test_readers_csv_parsers_agree.py
"""

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.errors import UnreadableFile
from imports.readers.csv.reader import CsvReader
from tests.imports.polluted import lines, text
from tests.imports.reading import read_all, source_of

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5000"))
LONGEST = 5  # seconds of the processor that one little file may take
SIGNS = [",", ";", '"', '""', "'", "\\", "\n", "\r", "\r\n", "\r\n\r\n", ",,,,,,,,", " ", "\0", "x", "1", "é", "Total,"]
DIALECTS = [{}, {"delimiter": ";"}, {"quote": "'"}, {"escape": "\\"}, {"always": True}, {"delimiter": "::"}]


@st.composite
def polluted(draw):
    """The table in some dialect, some of its text replaced by signs, and some of its records more than once."""
    made = lines(**draw(st.sampled_from(DIALECTS)))
    content = text(*made, *made[1:] * draw(st.integers(0, 3)), end=draw(st.sampled_from(["\n", "\r\n", "\r"])))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(content)))
        content = content[:at] + draw(st.sampled_from(SIGNS)) + content[at + draw(st.integers(0, 3)) :]
    return content


def agrees(path, content, block, batch_rows):
    path.write_text(content, newline="")
    start = time.process_time()
    try:
        whole = read_all(CsvReader(source_of(path), {}, careful=True))
    except UnreadableFile:
        return
    in_blocks = read_all(CsvReader(source_of(path), {}, block=block, batch_rows=batch_rows))
    again = read_all(CsvReader(source_of(path), whole.file_info.options))

    assert (told(in_blocks), in_blocks.file_info) == (told(whole), whole.file_info)
    assert (told(again), again.file_info.options) == (told(whole), whole.file_info.options)
    assert time.process_time() - start < 3 * LONGEST


def told(found):
    return found.header, found.rows, found.positions, found.told(), found.messages()


def checked(path, examples):
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(polluted(), st.sampled_from([1, 7, 64, 300, 100_000]), st.sampled_from([None, 1, 3, 50]))
    def check(content, block, batch_rows):
        agrees(path, content, block, batch_rows)

    check()


def test_polluted_tables_are_read_the_same_in_every_way(tmp_path):
    checked(tmp_path / "t.csv", 150)


@pytest.mark.long
def test_many_polluted_tables_are_read_the_same_in_every_way(tmp_path):
    checked(tmp_path / "t.csv", EXAMPLES)
