"""Sentences about imports that are run again with another mapping."""

from core.messages import Sentence

# --- why an import cannot be run again

RERUN_OF_RUNNING = Sentence("rerun_of_running", "This import is still running. Wait until it has finished.")
RERUN_OF_UNDONE = Sentence(
    "rerun_of_undone",
    "This import was undone on {undone_at} UTC. Redo it, and then run it again, or upload the file again.",
)
RERUN_OF_REPLACED = Sentence(
    "rerun_of_replaced",
    "This import was run again as import {import_id}, which has its place now. Run that import again instead.",
)
RERUN_OF_LEGACY = Sentence(
    "rerun_of_legacy",
    "These rows were in the table before it was tracked. No import added them, so there is no file to read again.",
)
RERUN_WITHOUT_FILE = Sentence(
    "rerun_without_file", "The source file of this import is no longer stored. Upload the file again."
)
NO_PREVIEW_OF_FAILED = Sentence(
    "no_preview_of_failed",
    "This import loaded no row, so there is nothing to compare with. Run it again: its file is imported with this "
    "mapping, after the imports that the table has now.",
)
OTHER_TABLE = Sentence(
    "rerun_into_other_table",
    "The mapping names the table “{named}”, but this import is in “{table}”, and a rerun stays there. Leave "
    "table_name out. To import the file into another table, upload it.",
)
ALL_PARTS = Sentence(
    "rerun_of_all_parts",
    "The mapping asks for all sheets or files at once. A rerun reads the one that this import is of: name it in "
    "source_options.",
)
TYPE_OF_IMPORT = Sentence(
    "rerun_other_type",
    "With this mapping the column {column} would be {planned_type}. It is {type} by the import {import_id} "
    "({file_name}), which is active. Set {type} for {column} in db_schema, or undo that import first.",
)
TYPE_OF_TABLE = Sentence(
    "rerun_other_type_of_table",
    "With this mapping the column {column} would be {planned_type}. It is {type}, and rows that are no rows of this "
    "import have values there. Set {type} for {column} in db_schema.",
)

# --- what a rerun will do

FILE_WILL_BE_IMPORTED = Sentence(
    "file_will_be_imported",
    "The stored file will be imported with this mapping in the place of this import, which will be undone.",
)
ROWS_BEFORE = Sentence(
    "rows_before",
    "Now: {rows:counted row}, {updates:counted updated row}, {duplicates:counted duplicate}, {rejected} rejected, "
    "{filtered} filtered, {errors:counted error}.",
)
ROWS_AFTERWARDS = Sentence(
    "rows_afterwards",
    "Afterwards: {rows:counted row}, {updates:counted updated row}, {duplicates:counted duplicate}, {rejected} "
    "rejected, {filtered} filtered, {errors:counted error}.",
)
NOTHING_WILL_CHANGE = Sentence("nothing_will_change", "No row and no error will change.")
ROWS_WILL_CHANGE = Sentence(
    "rows_will_change",
    "{rows:counted row will have,rows will have} other values, {added:counted row} will be added and "
    "{removed:counted row} removed.",
)
ERRORS_WILL_GO = Sentence(
    "errors_will_go", "{column}: {before:counted error} of type {error_type} now, {after} afterwards."
)
LATER_ROWS_WILL_RETURN = Sentence(
    "rerun_rows_will_return",
    "{rows:counted row of later imports, a duplicate or update until now,rows of later imports that were duplicates or "
    "updates} will be restored.",
)
LATER_ROWS_WILL_REPEAT = Sentence(
    "rerun_rows_will_repeat",
    "{rows:counted row of later imports becomes a duplicate or an update,rows of later imports become duplicates or "
    "updates}.",
)
COLUMNS_WILL_GO = Sentence("rerun_columns_will_go", "{number:counted column} will be deleted: {columns:all}.")
COLUMNS_WILL_BE_ADDED = Sentence("rerun_columns_will_be_added", "{number:counted column} will be added: {columns:all}.")
COLUMNS_WILL_BE_RETYPED = Sentence(
    "rerun_columns_will_be_retyped", "{number:counted column} will get another type: {columns:all}."
)
REPAIRS_WILL_COUNT = Sentence(
    "repairs_will_count", "The repairs of {rows:counted row} will be kept: the file has the same there."
)
REPAIRS_WILL_NOT_COUNT = Sentence(
    "repairs_will_not_count",
    "The repairs of {rows:counted row} will no longer count, because the file is read differently there or the changed "
    "value has no place in the new mapping: row {numbers:all}.",
)
CHANGED_ROWS_AT_STAKE = Sentence(
    "rerun_changed_rows_at_stake",
    "{rows:counted row that would be removed or changed was,rows that would be removed or changed were} changed "
    "manually.",
)

# --- what a rerun did

RERUN_DONE = Sentence(
    "rerun_done",
    "Run again as import {import_id}: {rows:counted row} in {table}, {updates:counted updated row}, "
    "{duplicates:counted duplicate}, {rejected} rejected, {filtered} filtered, {errors:counted error}.",
)
OLD_ROWS_REMOVED = Sentence("rerun_rows_removed", "{rows:counted row} of the old import removed.")
CHANGED_ROWS_STAYED = Sentence("rerun_changed_rows_stayed", "{rows:counted manually changed row} kept.")
LATER_ROWS_RETURNED = Sentence("rerun_rows_returned", "{rows:counted row} of later imports restored.")
LATER_ROWS_REPEAT = Sentence(
    "rerun_rows_repeat",
    "{rows:counted row of later imports is now a duplicate,rows of later imports are now duplicates}.",
)
REPAIRS_COUNT = Sentence("repairs_count", "The repairs of {rows:counted row} were kept.")
REPAIRS_DO_NOT_COUNT = Sentence(
    "repairs_do_not_count", "The repairs of {rows:counted row} no longer count: row {numbers:all}."
)
