"""What is said of imports and of what came of them."""

from core.messages import Sentence

# --- why nothing was loaded

SERVICE_FAILED = Sentence("service_failed", "An error of the service ({error}), not of the file.")
FILE_IN_TABLE = Sentence(
    "file_in_table",
    "This file is in {table!r} already: import {import_id} of {imported_at} UTC. Undo that import, or set "
    "{option[force_import]} to import the file once more.",
)
FIRST_ERROR = Sentence(
    "first_error",
    "Record {record:,}, column {column}: {why:message}. {option[on_error]} is abort, so nothing was loaded.",
)
TOO_MANY_ERRORS = Sentence(
    "too_many_errors",
    "At least {errors:,} values or records of {records:,} records did not fit, more than {option[max_errors]} allows. "
    "Nothing was loaded.",
)
ALL_REJECTED = Sentence(
    "all_rejected",
    "Every one of the {records:,} records was rejected; nothing was loaded. The records and the reasons are kept with "
    "this import.",
)
ALL_UNFILTERED_REJECTED = Sentence(
    "all_unfiltered_rejected",
    "Every one of the {records:,} records that the filters left was rejected; nothing was loaded. The records and the "
    "reasons are kept with this import.",
)

# --- of records that were kept

EQUAL_ROW = Sentence("equal_row", "An equal row is there already.")
