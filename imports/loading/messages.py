"""Messages about imports and their results."""

from core.messages import Sentence

# --- why nothing was imported

SERVICE_FAILED = Sentence(
    "service_failed",
    "Internal error ({error}). Your file is fine. Try again, or contact your administrator.",
)
NOTHING_IMPORTED = Sentence("nothing_imported", "{fault:message} Nothing was imported.")
RESULT_UNKNOWN = Sentence(
    "result_unknown",
    "The database stopped responding during the import, so it is not known yet whether it succeeded. Once the database "
    "is back, look at import {import_id} in the history. If it failed, import the file again.",
)
FILE_IN_TABLE = Sentence(
    "file_in_table",
    "This file has already been imported into “{table}” (import {import_id}, {imported_at} UTC). Undo that import "
    "first, or set {option[force_import]} to import the file again.",
)
REPAIR_FILE = Sentence(
    "repair_file",
    "These are repaired rows of import {import_id} into “{table}”, and no file of their own: nothing was imported. "
    "Send the file to /import-history/{import_id}/retry, or on the page of that import.",
)
REPAIR_FILE_OF_NO_IMPORT = Sentence(
    "repair_file_of_no_import",
    "These are repaired rows of import {import_id}, which does not exist any more: nothing was imported. To import "
    "them as a file of their own, delete the columns {columns:all} from it.",
)
REPAIR_FILE_WITHOUT_IMPORT = Sentence(
    "repair_file_without_import",
    "These are repaired rows of an import, and the file does not say of which: nothing was imported. Download the rows "
    "with errors again and repair them in that file, which has the column {column}. To import them as a file of their "
    "own, delete the columns {columns:all} from it.",
)
MOSTLY_NOT_READ = Sentence(
    "mostly_not_read",
    "Most of this file is outside the table that was found: {unread:counted line} not read, {read:counted line} read. "
    "Set {option[header_row]}, {option[first_row]} or {option[last_row]} to say which rows to import.",
)
NO_PART_IMPORTED = Sentence(
    "no_part_imported",
    "Nothing was imported: all {parts:,} sheets or files were refused. The first one: {first:message}",
)
FIRST_ERROR = Sentence(
    "first_error",
    "Stopped at the first error: row {record:,} ({column:select *=entire row}): {why:message}. Nothing was imported. "
    "Change {option[on_error]} to import files with errors.",
)
TOO_MANY_ERRORS = Sentence(
    "too_many_errors",
    "Stopped: {errors:counted error} in {records:counted row}, more than {option[max_errors]} allows. "
    "Nothing was imported.",
)
ALL_REJECTED = Sentence(
    "all_rejected",
    "Nothing was imported: {records:counted row was,rows were} rejected, no row was valid. "
    "See the errors of this import for the reasons.",
)
ALL_UNFILTERED_REJECTED = Sentence(
    "all_unfiltered_rejected",
    "Nothing was imported: {records:counted row was,rows were} rejected, all others were filtered out. "
    "See the errors of this import for the reasons.",
)

TOO_LARGE_AS_NUMERIC = Sentence(
    "too_large_as_numeric",
    "{rows:counted row was,rows were} rejected as too large for the database. With DOUBLE PRECISION they would fit: "
    "set {option[db_schema]} for {columns:list}.",
)

UPDATES_PREVENTED = Sentence(
    "updates_prevented",
    "A trigger of “{table}” prevented the update of {rows:counted row}. Nothing was imported. Change the trigger, or "
    "set {option[on_match]} to skip.",
)

# --- why a row was skipped

EQUAL_ROW = Sentence("equal_row", "Duplicate of an existing row.")
SAME_KEY = Sentence("same_key", "An existing row has the same key ({key:all}).")

# --- what was said of the comparison with existing rows

KEY_NOT_UNIQUE = Sentence(
    "key_not_unique",
    "{keys:counted value of the key occurs,values of the key occur} in several rows of the table ({key:all}). Of such "
    "rows only the one that was imported first is compared and changed.",
)
DIFFERING_ROWS = Sentence(
    "differing_rows",
    "{differing:counted row was skipped although it has,rows were skipped although they have} other values than the "
    "table, of {matched:counted row} with a known key ({key:all}). To change the table, undo this import and set "
    "{option[on_match]} to update.",
)
EMPTY_KEYS = Sentence(
    "empty_keys",
    "{rows:counted row has,rows have} no value in the key ({key:all}). Imported without a search for duplicates.",
)
UNREAD_KEYS = Sentence(
    "unread_keys",
    "{rows:counted row has,rows have} an invalid value in the key ({key:all}). Imported without a search for "
    "duplicates. See the errors of this import.",
)
_NEARLY_EQUAL = (
    "{equal:,} of {compared:counted new row} equal existing rows in every column that the file shares with the table. "
    "Imported because of differences in {columns:list}. "
)
NEARLY_EQUAL_ROWS = Sentence(
    "nearly_equal_rows",
    _NEARLY_EQUAL + "If they are the same, undo this import and set {option[unique_columns]}, for example to {key}.",
)
NEARLY_EQUAL_ROWS_WITHOUT_KEY = Sentence(
    "nearly_equal_rows_without_key",
    _NEARLY_EQUAL + "If they are the same, undo this import and set {option[unique_columns]} to the columns that "
    "identify a row.",
)
