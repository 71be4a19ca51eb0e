"""How much of a file a reader takes in at once, and beyond what it refuses a file."""

from __future__ import annotations

import errno

MEGABYTE = 1_000_000

HEAD = 4096  # bytes that a file's format is told by

BATCH_ROWS = 65_536  # records of a batch, at most, where the caller does not say
BATCH_TEXT = 4 * MEGABYTE  # characters or bytes of a batch, about
BATCH_CELLS = 2_000_000  # cells of a batch, at most: a wide header over short rows must not fill the memory

MAX_CELL = 32 * MEGABYTE  # a quoted CSV value that has not ended after so much text is an unclosed quote
MAX_HEADER = 4 * MEGABYTE  # the first line of a CSV file
MAX_FIELDS = 100_000  # of a record of a CSV file
MAX_ELEMENT = 32 * MEGABYTE  # one JSON record, one row of a sheet
MAX_VALUES = 500_000  # within one JSON record, about
MAX_DEPTH = 200  # levels of objects and lists within a record
MAX_COLUMNS = 6_000  # different keys of JSON or XML records

MAX_UNZIPPED = 1_000 * MEGABYTE  # what a workbook may hold when unpacked
MAX_ZIP_RATIO = 200  # unpacked size / packed size, for a part over 10 MB
MIN_BOMB_SIZE = 10 * MEGABYTE
MAX_SHEET_CELLS = 60_000_000  # rows x columns of the area that a sheet spreads over; calamine holds them all
MAX_EMPTY_CELLS = 12_000_000  # of that area, where the sheet itself has fewer bytes: so many are quick to hold
MAX_REPEATED_TEXT = 200 * MEGABYTE  # of the cells of a sheet, where they name a text that the workbook has once
MAX_TEXT_RATIO = 10  # text of the cells / bytes of the sheet and of all texts, above it
SMALL_UNPACKED = 10 * MEGABYTE  # below it, no ratio is looked at

#: Why a copy of a file cannot be written: that is no damage of the file. EFBIG: beyond what the process may write.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
