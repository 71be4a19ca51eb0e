"""The facts of a workbook's sheet, by its kind of file."""

from __future__ import annotations

import zipfile
from pathlib import Path

from imports.readers.excel.package import translate_file_damage
from imports.readers.excel.sheet_facts import SheetFacts


def facts_of(path: Path, sheet: str, position: int) -> SheetFacts:
    """position: of the sheet among all of the workbook, from 0. Raises UnreadableFile."""
    from imports.readers.excel import (
        facts_ods,
        facts_xls,
        facts_xlsb,
        facts_xlsx,
    )

    with translate_file_damage():
        if not zipfile.is_zipfile(path):
            return facts_xls.facts_of_xls(path, position)
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" in archive.namelist():
                return facts_xlsx.facts_of_xlsx(archive, sheet)
            if "xl/workbook.bin" in archive.namelist():
                return facts_xlsb.facts_of_xlsb(archive, sheet, position)
            return facts_ods.facts_of_ods(archive, sheet, position)
