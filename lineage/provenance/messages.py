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
