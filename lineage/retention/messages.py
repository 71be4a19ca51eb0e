"""Sentences about retention: why it does not start, and what it did not delete."""

from core.messages import Sentence

# --- why it does not start

IMPORTS_GO_ALONE = Sentence(
    "imports_go_alone",
    "imports_with_rows cannot be combined with other policies and needs the ids of the imports to delete.",
)
DAYS_NOT_SET = Sentence("days_not_set", "{setting} is not set. Set it to the number of days to keep this data.")
NO_DAYS_SET = Sentence("no_days_set", "No retention period is set, so nothing is deleted.")

# --- what was not deleted; the reason follows where there is one

IMPORT_LEFT = Sentence("import_left", "Import {import_id}")
KEPT_RECORDS_LEFT = Sentence("kept_records_left", "Skipped rows of import {import_id}")
MAPPING_ERRORS_LEFT = Sentence("mapping_errors_left", "Errors of import {import_id}")
ROW_VERSIONS_LEFT = Sentence("row_versions_left", "Earlier versions of rows that import {import_id} updated")
SOURCE_FILE_LEFT = Sentence("source_file_left", "Source file {sha256}")
IMPORT_HAS_ROWS = Sentence(
    "import_has_rows",
    "Import {import_id} into “{table}” still has rows, which would be deleted too.",
)

# --- why an import was not deleted

IMPORT_RUNS = Sentence("import_runs", "It is still running. Wait until it has finished.")
CHANGED_ROWS_WOULD_GO = Sentence(
    "changed_rows_would_go",
    "{rows:counted manually changed row} would be deleted. To delete them too, undo the import first: "
    "manage.py undo_import {import_id} --changed-rows remove --reason TEXT",
)
