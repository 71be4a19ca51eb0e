"""Run as a program: loads every sheet of a workbook within bounds of memory and processor time.

A damaged .xls, .xlsb or .ods can make calamine ask for more memory than there is, which ends the process it is in, or
go round without end. So it is another process that tries first.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import python_calamine as calamine

MEMORY = 2_000_000_000  # bytes of address space
PATIENCE = 2  # seconds of the processor, of which starting takes less than a tenth
BYTES_A_SECOND = 20_000_000  # more for so many; a whole workbook takes less than a tenth of that
EXCEPTION = 1  # Python's exit status after one


def is_harmless(path: Path, size: int) -> bool:
    """Return whether another process could load the workbook, or got an exception that says why not.

    size: unpacked, bytes.
    """
    command = [sys.executable, "-P", __file__, str(path), str(PATIENCE + size // BYTES_A_SECOND)]
    return subprocess.run(command, check=False, capture_output=True, cwd="/").returncode in (0, EXCEPTION)


def load(path: str) -> None:
    workbook = calamine.CalamineWorkbook.from_path(path)
    for sheet in workbook.sheets_metadata:
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
            workbook.get_sheet_by_name(sheet.name)


if __name__ == "__main__":
    seconds = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    load(sys.argv[1])
