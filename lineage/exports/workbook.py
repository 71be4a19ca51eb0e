"""Workbooks that are written row by row, in bounded memory, to files that never outlive a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from lxml.etree import LxmlError
from openpyxl import Workbook


@contextmanager
def written_workbook() -> Iterator[Workbook]:
    """Give a workbook to fill and to save in the `with` block.

    openpyxl deletes the files of the sheets only when it saves them: if the block fails, for example because the client
    has gone, they are deleted here.
    """
    workbook = Workbook(write_only=True)
    try:
        yield workbook
    except BaseException:
        for sheet in workbook.worksheets:
            _discard(sheet)
        raise


def _discard(sheet: Any) -> None:
    writer = sheet._writer
    if writer is None:
        return
    with suppress(LxmlError, OSError):
        # In this order: the garbage collector would close them in another one, and complain on the terminal.
        if sheet._rows is not None:
            sheet._rows.close()
        writer.close()
    if os.path.exists(writer.out):
        writer.cleanup()
