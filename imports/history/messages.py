"""What is said of the history of imports."""

from core.messages import Sentence

NO_SUCH_IMPORT = Sentence("no_such_import", "Import {import_id} not found.")
NOT_AN_IMPORT_ID = Sentence("not_an_import_id", "That is not the id of an import.")
#: A text that was stored before messages had codes, or by a version with other ones.
STORED_TEXT = Sentence("stored_text", "{text}")
IMPORT_DIED = Sentence(
    "import_died", "The process that ran this import ended before the import was done. Import the file again."
)

# --- of what retention took

SOURCE_FILE_FORGOTTEN = Sentence(
    "source_file_forgotten",
    "The source file was forgotten on {day} at {time} UTC, as the settings of retention say.",
)
KEPT_RECORDS_FORGOTTEN = Sentence(
    "kept_records_forgotten",
    "The records that did not become rows were forgotten on {day} at {time} UTC, as the settings of retention say.",
)
MAPPING_ERRORS_FORGOTTEN = Sentence(
    "mapping_errors_forgotten",
    "The mapping errors were forgotten on {day} at {time} UTC, as the settings of retention say.",
)
BOTH_FORGOTTEN = Sentence("both_forgotten", "{first:message} {second:message}")
SOURCE_FILE_NOT_KEPT = Sentence("source_file_not_kept", "This import kept no source file.")

# --- of imports that were undone

UNDONE = Sentence("undone", "The import was undone on {undone_at} UTC: its inserted rows are gone.")
UNDONE_BUT_FOR_ROWS = Sentence(
    "undone_but_for_rows",
    "The import was undone on {undone_at} UTC: its inserted rows are gone but for "
    "{rows:counted row that was,rows that were} changed by hand and kept.",
)
