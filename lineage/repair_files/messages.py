"""Sentences about files of repaired rows: why one is none, and what of it is no repair."""

from core.messages import Sentence

NO_REPAIR_FILE = Sentence(
    "no_repair_file",
    "This is no file of rows with errors: the columns {columns:all}, which say where each row belongs, are missing. "
    "Download the rows with errors of this import, and repair them in that file.",
)
REPAIR_FILE_OF_OTHER_FORMAT = Sentence(
    "repair_file_of_other_format", "Repaired rows are sent as CSV or Excel, as they were downloaded. Save the file so."
)
NOTHING_OF_THIS_IMPORT = Sentence(
    "nothing_of_this_import",
    "No row of this file belongs to import {import_id}. {others:counted row belongs,rows belong} to import {other}. "
    "Send the file there.",
)

# --- what of the file is no repair

ROWS_OF_OTHER_IMPORTS = Sentence(
    "repair_rows_of_other_imports",
    "{rows:counted row was,rows were} not read: they belong to import {other}. Send them on the page of that import.",
)
ROWS_WITHOUT_IMPORT = Sentence(
    "repair_rows_without_import",
    "{rows:counted row was,rows were} not read: {column} is empty there, so it is not known whether they are rows of "
    "this import.",
)
ROWS_WITHOUT_NUMBER = Sentence(
    "repair_rows_without_number",
    "{rows:counted row was,rows were} not read: they have no row number of this import ({locations:list}). Import new "
    "rows as a file of their own.",
)
UNKNOWN_NUMBERS = Sentence(
    "unknown_numbers", "{rows:counted row was,rows were} not read: this import has no such rows ({numbers:list})."
)
FILTERED_NUMBERS = Sentence(
    "filtered_numbers",
    "{rows:counted row was,rows were} not read: the filters of the mapping exclude them ({numbers:list}).",
)
CONTRADICTING_ROWS = Sentence(
    "contradicting_rows",
    "{rows:counted row is,rows are} in the file more than once, with different content, and were not read "
    "({numbers:list}). Keep one of each.",
)
REPEATED_ROWS = Sentence("repeated_rows", "{rows:counted row is,rows are} in the file more than once, and count once.")
UNKNOWN_COLUMNS = Sentence(
    "unknown_columns_of_repair", "These columns are none of the downloaded file, and were not read: {columns:list}."
)
MISSING_COLUMNS = Sentence(
    "missing_columns_of_repair", "These columns are missing, so nothing was changed in them: {columns:list}."
)
OTHER_SHEETS = Sentence("other_sheets_of_repair", "These sheets have no failed rows, and were not read: {sheets:list}.")
EXTRA_EDITED = Sentence(
    "extra_edited",
    "Changes in {column} were not read ({rows:counted row}): write each value into its own column, and empty {column}.",
)
REWRITTEN = Sentence(
    "rewritten_by_program",
    "{column}: a program has changed {cells:counted cell} without a repair: {kind:select spaces=spaces at the "
    "beginning or the end|line_breaks=line breaks|leading_zeros=leading zeros|number=numbers in another notation"
    "|digits=digits of long numbers|date=dates in another notation|boolean=true and false in another language"
    "|apostrophe=the apostrophe at the beginning|encoding=characters}, for example {before!r} to {after!r}. They stay "
    "as they were. Where one is a repair, write that value on the page of the import, or send it as a record.",
)
