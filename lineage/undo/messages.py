"""Sentences about undo and redo: why one is not possible, what it will do, and what it did."""

from core.messages import Sentence

# --- why an import cannot be undone

UNDONE_ALREADY = Sentence("undone_already", "This import was already undone on {undone_at} UTC.")
UNDO_OF_RUNNING = Sentence("undo_of_running", "This import is still running. Wait until it has finished.")
UNDO_OF_FAILED = Sentence("undo_of_failed", "This import failed and imported no rows, so there is nothing to undo.")
UNDO_OF_LEGACY = Sentence(
    "undo_of_legacy",
    "These rows were in the table before it was tracked. No import added them, so they cannot be undone.",
)
TABLE_DROPPED_BY_HAND = Sentence(
    "table_dropped_by_hand", "The table “{table}” no longer exists. It was dropped outside Content Atlas."
)
RETURNING_FORGOTTEN = Sentence(
    "returning_forgotten",
    "The skipped duplicates of the later import {import_id} ({file_name}) were deleted by retention, so it is not "
    "known which of them to restore. Undo that import first.",
)
VERSIONS_FORGOTTEN = Sentence(
    "versions_forgotten",
    "The earlier versions of the rows that the import {import_id} ({file_name}) updated were deleted by retention, so "
    "it is not known which values they would have. Nothing was changed. To change these rows, import a file that has "
    "the right values, with {option[on_match]} set to update.",
)
FOREIGN_ROWS_CHANGED = Sentence(
    "foreign_rows_changed",
    "Rows of “{table}” were inserted or changed with SQL while the undo started, so nothing was undone. Try again.",
)

NO_GROUP_WITH_ID = Sentence("no_group_with_id", "No imports of that group found.")
GROUP_NOT_ACTIVE = Sentence("group_not_active", "None of these imports has rows in a table: there is nothing to undo.")

# --- why an import cannot be redone

NOT_UNDONE = Sentence("not_undone", "This import is not undone, so there is nothing to redo.")
REDO_OF_REPLACED = Sentence(
    "redo_of_replaced",
    "This import was run again with another mapping: the import {import_id} ({file_name}) has its place in the table. "
    "Undo that import first.",
)
REDO_WITHOUT_PLAN = Sentence("redo_without_plan", "This import has no mapping, so its rows cannot be imported again.")
REDO_FILE_FORGOTTEN = Sentence(
    "redo_file_forgotten",
    "The source file of this import was deleted by retention, so there is nothing to read its rows from. Upload the "
    "file again.",
)
REDO_WITHOUT_FILE = Sentence(
    "redo_without_file", "The source file of this import is no longer stored. Upload the file again."
)
LEAVING_FORGOTTEN = Sentence(
    "leaving_forgotten",
    "The skipped duplicates of the later import {import_id} ({file_name}) were deleted by retention, so it is not "
    "known which of its rows to remove. Undo that import first, or upload the file again.",
)
TYPE_CHANGED_BY_IMPORT = Sentence(
    "type_changed_by_import",
    "The column {column} was {planned_type} and is now {type}, because of an import after the undo. Undo that import "
    "first, or upload the file again.",
)
HEADER_MOVED_SINCE = Sentence(
    "header_moved_since",
    "This import read “{header}” into {column}. Since the undo, an import read “{header}” into {other} and something "
    "else into {column}. Undo that import first, or upload the file again.",
)
KEPT_ROWS_RENUMBERED = Sentence(
    "kept_rows_renumbered",
    "{rows:counted row that the undo kept has,rows that the undo kept have} a _source_row_number that was changed "
    "manually or occurs twice, so it is not known which rows of the file are already in the table. Correct the number, "
    "or delete these rows: the redo imports them again from the file.",
)
READING_CHANGED = Sentence(
    "reading_changed",
    "This version reads the file of this import differently: {before:counted row} at the import, {now:counted row} "
    "now, or other columns or values. Nothing was changed. Upload the file again to import it as it is read now.",
)

# --- what prevents both

LATER_READING_CHANGED = Sentence(
    "later_reading_changed",
    "Rows of the later import {import_id} ({file_name}) would become duplicates, and this version reads its file "
    "differently. Nothing was changed. Undo that import first, and upload its file again.",
)

CHANGED_ROWS_UNDECIDED = Sentence(
    "changed_rows_undecided",
    "{rows:counted row that would be removed or changed was,rows that would be removed or changed were} changed "
    "manually. Choose with changed_rows: keep leaves such rows unchanged, remove treats them like all other rows, and "
    "the manual changes are lost.",
)
COLUMN_GENERATED = Sentence(
    "column_generated",
    "The database itself makes the values of column “{column}” in table “{table}” by now (GENERATED ALWAYS), so that "
    "the import's values cannot be written. Make it an ordinary column again, and try again.",
)
COLUMN_CHANGED_BY_HAND = Sentence(
    "column_changed_by_hand",
    "The column {column} of “{table}” was {type} when its rows were imported, and was changed or dropped manually "
    "since. Restore the column, then try again.",
)
FOREIGN_KEY_TO_TABLE = Sentence(
    "foreign_key_to_table",
    "The table {table} has a foreign key to this table. Drop the foreign key, and create it again afterwards.",
)
USED_BY = Sentence("used_by", "The {user} depends on this table or one of its columns. Remove that dependency first.")
USED_BY_DATABASE = Sentence(
    "used_by_database",
    "Another object of the database depends on this table or one of its columns. Remove that dependency first.",
)
USED_BY_OBJECTS = Sentence(
    "used_by_objects",
    "Other objects depend on this table or one of its columns: {objects} Remove these dependencies first.",
)
LATER_FILE_GONE = Sentence(
    "later_file_gone",
    "Rows of the later import {import_id} ({file_name}) would become duplicates, but the source file that they would "
    "be copied from is no longer stored. Undo that import first.",
)
LATER_FILE_FORGOTTEN = Sentence(
    "later_file_forgotten",
    "Rows of the later import {import_id} ({file_name}) would become duplicates, but the source file that they would "
    "be copied from was deleted by retention. Undo that import first.",
)

# --- what an undo will do

ROWS_WILL_LEAVE = Sentence("rows_will_leave", "{rows:counted row} will be removed from {table}.")
ROWS_WILL_RETURN = Sentence(
    "rows_will_return",
    "{rows:counted row from other imports that repeated or updated a removed row,rows from other imports that repeated "
    "or updated removed rows} will be restored.",
)
ROWS_WILL_REPEAT = Sentence(
    "rows_will_repeat",
    "{rows:counted row} from other imports will also be removed (duplicates or updates of restored rows).",
)
ROWS_WILL_REVERT = Sentence(
    "rows_will_revert",
    "{rows:counted row of other imports gets back the values that it has,rows of other imports get back the values "
    "that they have} without this import.",
)
TABLE_WILL_GO = Sentence("table_will_go", "This is the only import in the table, so the table will be deleted.")
TABLE_WILL_STAY = Sentence(
    "table_will_stay",
    "The table will be kept, because no import created it or because it has rows or columns that no import added. They "
    "stay unchanged.",
)
ROWS_WILL_BE = Sentence(
    "rows_will_be", "The table will contain {rows:counted row} from {imports:counted other import}."
)
CHANGED_ROWS_WILL_BE = Sentence("changed_rows_will_be", "The table will contain {rows:counted manually changed row}.")
ROWS_WILL_STAY = Sentence(
    "rows_will_stay", "The table will still contain {rows:counted row} from {imports:counted other import}."
)
CHANGED_ROWS_WILL_STAY = Sentence(
    "changed_rows_will_stay", "The table will still contain {rows:counted manually changed row}."
)
COLUMNS_WILL_GO = Sentence(
    "columns_will_go", "{number:counted column} added by this import will be deleted: {columns:all}."
)
CHANGED_ROWS_AT_STAKE = Sentence(
    "changed_rows_at_stake",
    "{rows:counted row that would be removed or changed was,rows that would be removed or changed were} changed "
    "manually.",
)
ROWS_DELETED_BY_HAND = Sentence(
    "rows_deleted_by_hand", "{rows:counted row of this import was,rows of this import were} already deleted manually."
)
HISTORY_STAYS = Sentence("history_stays", "The import stays in the history as undone. You can import the file again.")

# --- the effect of an undo in one sentence

UNDO_DROPS_TABLE = Sentence("undo_drops_table", "{going:counted row} will be removed and the table deleted.")
UNDO_LEAVES_TABLE = Sentence("undo_leaves_table", "{going:counted row} will be removed. The table will be kept.")
UNDO_LEAVES_ROWS = Sentence(
    "undo_leaves_rows", "{going:counted row} will be removed. The table will contain {remaining:counted row}."
)

# --- what an undo did

ROWS_REVERTED = Sentence(
    "rows_reverted",
    "{rows:counted row has the values that it has,rows have the values that they have} without this import again.",
)

ROWS_LEFT = Sentence("rows_left", "Undone: {rows:counted row} removed from {table}.")
ROWS_RETURNED = Sentence("rows_returned", "{rows:counted row} from other imports restored.")
ROWS_REPEAT = Sentence(
    "rows_repeat",
    "{rows:counted row from other imports is now a duplicate,rows from other imports are now duplicates}.",
)
CHANGED_ROWS_STAYED = Sentence("changed_rows_stayed", "{rows:counted manually changed row} kept.")
COLUMNS_WENT = Sentence("columns_went", "{number:counted column} deleted: {columns:all}.")
TABLE_WENT = Sentence("table_went", "Table deleted.")

# --- what a redo will do

FILE_WILL_BE_READ = Sentence(
    "file_will_be_read",
    "{records:counted row} will be imported again from the original file with the same settings.",
)
NO_LATER_IMPORT = Sentence("no_later_import", "There are no later imports into this table, so no other rows change.")
PLACE_BEFORE_LATER = Sentence(
    "place_before_later",
    "The import returns to its original position before {imports:counted later import}. Rows that were imported later "
    "but are also in this file become duplicates again.",
)
NUMBERS_BEFORE_UNDO = Sentence(
    "numbers_before_undo",
    "Expected: {rows:counted row} and {duplicates:counted duplicate}, as before the undo. The numbers may differ if "
    "earlier imports were undone or redone since.",
)
NUMBERS_WITH_UPDATES = Sentence(
    "numbers_with_updates",
    "Expected: {rows:counted new row}, {updates:counted updated row} and {duplicates:counted duplicate}, as before the "
    "undo. The numbers may differ if earlier imports were undone or redone since.",
)
TABLE_WILL_BE_MADE = Sentence("table_will_be_made", "The table {table} will be created again.")
COLUMNS_WILL_BE_ADDED = Sentence("columns_will_be_added", "{number:counted column} will be added again: {columns:all}.")
KEPT_ROWS_WILL_STAY = Sentence(
    "kept_rows_will_stay",
    "{rows:counted manually changed row} of this import that the undo kept will stay unchanged.",
)
LATER_ROWS_CHANGED = Sentence(
    "later_rows_changed",
    "{rows:counted row of later imports was,rows of later imports were} changed manually. Restored rows may duplicate "
    "some of them.",
)
CHANGES_STAY_LOST = Sentence("changes_stay_lost", "Manual changes to removed rows will not be restored.")

# --- what a redo did

ROWS_BROUGHT_BACK = Sentence(
    "rows_brought_back", "Redone: {rows:counted row} restored in {table}, {duplicates:counted duplicate} skipped."
)
ROWS_UPDATED_AGAIN = Sentence("rows_updated_again", "{rows:counted row} of other imports updated again.")
LATER_ROWS_REPEAT = Sentence(
    "later_rows_repeat",
    "{rows:counted row from later imports is now a duplicate,rows from later imports are now duplicates}.",
)
LATER_ROWS_RETURNED = Sentence("later_rows_returned", "{rows:counted row} from later imports restored.")
COLUMNS_RETURNED = Sentence("columns_returned", "{number:counted column} added again: {columns:all}.")
TABLE_MADE = Sentence("table_made", "Table created again.")
