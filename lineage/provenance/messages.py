"""Sentences about the source of rows and files."""

from core.messages import Sentence

# --- why there is no source to show

FILE_NEVER_IMPORTED = Sentence("file_never_imported", "No file with this SHA-256 was ever imported.")
NO_SUCH_ROW = Sentence("no_such_row", "Row {row_id} not found in {table}. It was deleted, or its import was undone.")
ROW_OF_NO_IMPORT = Sentence(
    "row_of_no_import", "Row {row_id} of {table} was not added by an import, so its source is unknown."
)

# --- what is unknown about a row

RECORD_BEYOND_FILE = Sentence("record_beyond_file", "The stored source file ends before this row.")
ROW_BEFORE_TRACKING = Sentence(
    "row_before_tracking", "This row was in the table before the table was tracked, so its source is unknown."
)
ROW_OF_OTHER_CODE = Sentence(
    "row_of_other_code",
    "This row was inserted by other software than Content Atlas, so the conversion of its values is unknown.",
)

# --- why an import has no imported rows to list

NOTHING_INSERTED = Sentence("nothing_inserted", "The import failed. No rows were imported.")
RECORDS_OF_RUNNING = Sentence(
    "records_of_running", "The import is still running. Its rows can be listed when it has finished."
)

# --- a table as of an import or a time

AS_OF_EXPECTED = Sentence(
    "as_of_expected",
    "as_of must be the id of an import of the table or a time such as 2026-11-30T12:00:00Z, not “{value}”.",
)
AS_OF_OTHER_IMPORT = Sentence(
    "as_of_other_import", "Import {import_id} is not an import into {table}. Choose one of its imports for as_of."
)
AS_OF_NOT_LOADED = Sentence(
    "as_of_not_loaded", "This import loaded no rows (status: {status}). Choose another import for as_of."
)
AS_OF_UNDONE = Sentence(
    "as_of_undone",
    "This import was undone on {undone_at}, so the table as of it is not available. Choose an active import, or redo"
    " this one.",
)
AS_OF_PURGED = Sentence(
    "as_of_purged",
    "Retention deleted the earlier versions of the rows that import {import_id} ({file_name}) updated. The table is"
    " available as of this import and later ones.",
)
