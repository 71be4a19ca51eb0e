"""Write the yardstick's rows as Excel, JSON, NDJSON and XML, as programs typically write these formats."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

Row = dict[str, Any]


def write_xlsx(rows: Iterator[Row], target: Path) -> None:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("rows")
    for number, row in enumerate(rows):
        if number == 0:
            sheet.append(list(row))
        moment = datetime.fromisoformat(row["signup_date"])
        sheet.append(list({**row, "signup_date": moment, "balance": Decimal(row["balance"])}.values()))
    workbook.save(target)


def write_json_array(rows: Iterator[Row], target: Path) -> None:
    target.write_text("[" + ",\n".join(map(_json, rows)) + "]\n")


def write_ndjson(rows: Iterator[Row], target: Path) -> None:
    target.write_text("".join(f"{_json(row)}\n" for row in rows))


def write_xml(rows: Iterator[Row], target: Path) -> None:
    with target.open("w") as file:
        file.write("<rows>\n")
        for row in rows:
            file.write("<row>" + "".join(f"<{key}>{_xml(value)}</{key}>" for key, value in row.items()) + "</row>\n")
        file.write("</rows>\n")


#: By name of the measure: the file extension and the function that writes the file.
FORMATS: dict[str, tuple[str, Callable[[Iterator[Row], Path], None]]] = {
    "xlsx": ("xlsx", write_xlsx),
    "json_array": ("json", write_json_array),
    "ndjson": ("ndjson", write_ndjson),
    "xml": ("xml", write_xml),
}


def convert(source: Path, name: str) -> Path:
    """Convert the CSV file to another format, in the same directory, and return the path."""
    ending, write = FORMATS[name]
    target = source.with_suffix(f".{ending}")
    if not target.exists():
        with source.open(newline="") as file:
            write(map(_typed, csv.DictReader(file)), target)
    return target


def _typed(row: Row) -> Row:
    numbers = {"customer_id": int(row["customer_id"]), "age": int(row["age"])}
    return {**row, **numbers, "active": row["active"] == "true"}


def _json(row: Row) -> str:
    balance = json.dumps(row["balance"])
    return json.dumps(row).replace(f'"balance": {balance}', f'"balance": {row["balance"]}')  # 2.50, not 2.5


def _xml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else escape(str(value))
