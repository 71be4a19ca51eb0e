"""What is said of where rows and files come from."""

from core.messages import Sentence

# --- why there is nothing to tell

FILE_NEVER_IMPORTED = Sentence("file_never_imported", "No import was ever of a file with this SHA-256.")
NO_SUCH_ROW = Sentence("no_such_row", "There is no row {row_id} in {table}: it was deleted, or its import was undone.")
ROW_OF_NO_IMPORT = Sentence(
    "row_of_no_import", "No import brought the row {row_id} of {table}, so nothing is known of its origin."
)

# --- what is not known of a row

RECORD_BEYOND_FILE = Sentence("record_beyond_file", "The kept source file ends before this record.")
ROW_BEFORE_TRACKING = Sentence(
    "row_before_tracking",
    "The row stood in the table before the table was tracked: where it came from is not known.",
)
ROW_OF_OTHER_CODE = Sentence(
    "row_of_other_code",
    "The row was inserted by other code than the service's: how its values were made is not known.",
)

# --- why an import has no inserted records

NOTHING_INSERTED = Sentence("nothing_inserted", "The import failed: nothing was inserted.")
RECORDS_OF_RUNNING = Sentence(
    "records_of_running", "The import is still running: its records can be seen when it is done."
)
