"""What is said of what retention is asked to forget, and of what it left."""

from core.messages import Sentence

# --- why it does not begin

IMPORTS_GO_ALONE = Sentence(
    "imports_go_alone", "imports_with_rows goes alone, with the ids of the imports that are to go with their rows."
)
DAYS_NOT_SET = Sentence("days_not_set", "Say first after how many days: {setting} is not set.")

NO_DAYS_SET = Sentence("no_days_set", "Nothing has a number of days after which it is forgotten: everything is kept.")

# --- what it left; the reason follows where there is one

IMPORT_LEFT = Sentence("import_left", "The import {import_id}")
KEPT_RECORDS_LEFT = Sentence("kept_records_left", "The kept records of import {import_id}")
MAPPING_ERRORS_LEFT = Sentence("mapping_errors_left", "The mapping errors of import {import_id}")
IMPORT_HAS_ROWS = Sentence(
    "import_has_rows", "The import {import_id} into {table!r} still has rows; they would go with its record."
)

# --- why an import is left

IMPORT_RUNS = Sentence("import_runs", "It is still running. Wait until it is done.")
CHANGED_ROWS_WOULD_GO = Sentence(
    "changed_rows_would_go",
    "Rows that were changed by hand ({rows:,}) would be lost. If they may go, undo it first: manage.py undo_import "
    "{import_id} --changed-rows remove --reason TEXT",
)
