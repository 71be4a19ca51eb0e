"""Run as a program: loads every sheet of a workbook within bounds of memory.

A damaged .xls, .xlsb or .ods can make calamine ask for more memory than there is, which ends the process it is in. So
it is another process that tries first.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import python_calamine as calamine

MEMORY = 2_000_000_000  # bytes of address space
PATIENCE = 120  # seconds
EXCEPTION = 1  # Python's exit status after one


def is_harmless(path: Path) -> bool:
    """Whether another process could load the workbook, or got an exception that says why not."""
    try:
        tried = subprocess.run(
            [sys.executable, __file__, str(path)], timeout=PATIENCE, check=False, capture_output=True, cwd="/"
        )
    except subprocess.TimeoutExpired:
        return False
    return tried.returncode in (0, EXCEPTION)


def load(path: str) -> None:
    workbook = calamine.CalamineWorkbook.from_path(path)
    for sheet in workbook.sheets_metadata:
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
            workbook.get_sheet_by_name(sheet.name)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    load(sys.argv[1])
