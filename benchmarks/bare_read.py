#!/usr/bin/env python3
"""Time reading a file into Python rows with only the library of its format: bare_read.py FORMAT FILE.

xlsx: python-calamine; json_array: json; ndjson: json, a line at a time; xml: lxml's iterparse. Prints seconds.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from lxml import etree
from python_calamine import CalamineWorkbook


def read_xlsx(file: Path) -> list[Any]:
    return CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()


def read_json_array(file: Path) -> list[Any]:
    with file.open("rb") as stream:
        return json.load(stream)


def read_ndjson(file: Path) -> list[Any]:
    with file.open("rb") as stream:
        return [json.loads(line) for line in stream]


def read_xml(file: Path) -> list[Any]:
    rows = []
    for _, element in etree.iterparse(str(file), tag="row"):
        rows.append({child.tag: child.text for child in element})
        element.clear()
    return rows


READERS = {"xlsx": read_xlsx, "json_array": read_json_array, "ndjson": read_ndjson, "xml": read_xml}

if __name__ == "__main__":
    start = time.perf_counter()
    READERS[sys.argv[1]](Path(sys.argv[2]))
    print(f"{time.perf_counter() - start:.6f}")
