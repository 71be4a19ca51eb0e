"""What is said of an undo and of a redo: why there can be none, what it will do, and what it did."""

from core.messages import Sentence

# --- why an import cannot be undone

UNDONE_ALREADY = Sentence("undone_already", "The import was undone already, on {undone_at} UTC.")
UNDO_OF_RUNNING = Sentence("undo_of_running", "The import is still running. Wait until it is done.")
UNDO_OF_FAILED = Sentence("undo_of_failed", "The import failed and loaded nothing: there is nothing to take back.")
UNDO_OF_LEGACY = Sentence(
    "undo_of_legacy", "These rows stood in the table before it was tracked; no import brought them."
)
TABLE_DROPPED_BY_HAND = Sentence("table_dropped_by_hand", "The table {table!r} is gone; somebody dropped it by hand.")
RETURNING_FORGOTTEN = Sentence(
    "returning_forgotten",
    "The duplicates of the later import {import_id} ({file_name}) were forgotten, so it cannot be told which of them "
    "would come back. Undo that import first.",
)
FOREIGN_ROWS_CHANGED = Sentence(
    "foreign_rows_changed",
    "Rows of {table!r} were inserted or changed with SQL while the undo began, so nothing was undone. Try again.",
)

# --- why an import cannot be brought back

NOT_UNDONE = Sentence("not_undone", "The import was not undone: there is nothing to bring back.")
REDO_WITHOUT_PLAN = Sentence("redo_without_plan", "Rows that were brought in without a mapping cannot be brought back.")
REDO_WITHOUT_FILE = Sentence(
    "redo_without_file", "The source file of this import is no longer kept. Import the file again."
)
LEAVING_FORGOTTEN = Sentence(
    "leaving_forgotten",
    "The duplicates of the later import {import_id} ({file_name}) were forgotten, so it cannot be told which of its "
    "rows would leave. Undo that import first, or import the file again.",
)
TYPE_CHANGED_BY_IMPORT = Sentence(
    "type_changed_by_import",
    "The column {column} was {planned_type} and is {type} now, for an import that came after the undo. Undo that one "
    "first, or import the file again.",
)
KEPT_ROWS_RENUMBERED = Sentence(
    "kept_rows_renumbered",
    "{rows:counted row that was kept has,rows that were kept have} a _source_row_number that was changed by hand or "
    "stands twice, so it cannot be told which records of the file would come twice. Set the number back, or delete "
    "such rows: the redo brings their records back as the file has them.",
)
HEADER_READ_DIFFERENTLY = Sentence(
    "header_read_differently", "The file is read differently than when it was imported. Import it again."
)

# --- what stands in the way of both

CHANGED_ROWS_UNDECIDED = Sentence(
    "changed_rows_undecided",
    "{rows:counted row that would be lost was,rows that would be lost were} changed by hand. Say what becomes of them: "
    "changed_rows keep leaves them in the table as they are, remove takes them out.",
)
TABLE_BEING_CHANGED = Sentence(
    "table_being_changed", "An import that runs is changing the table. Try again when it is done."
)
COLUMN_CHANGED_BY_HAND = Sentence(
    "column_changed_by_hand",
    "The column {column} of {table!r} was {type} when its rows were imported, and was changed or dropped by hand "
    "since. Make it what it was, then try again.",
)
FOREIGN_KEY_TO_TABLE = Sentence(
    "foreign_key_to_table",
    "The table {table} refers to rows of this one by a foreign key. Drop the key, and make it again afterwards.",
)
USED_BY = Sentence("used_by", "The {user} uses what would be dropped. Drop it first.")
USED_BY_DATABASE = Sentence(
    "used_by_database", "What would be dropped is in use: Something in the database uses it. Drop that first."
)
USED_BY_OBJECTS = Sentence("used_by_objects", "What would be dropped is in use: {objects} Drop that first.")
LATER_FILE_GONE = Sentence(
    "later_file_gone",
    "Rows of the later import {import_id} ({file_name}) would become duplicates, and its source file, from which they "
    "would be kept, is gone. Undo that import first.",
)

# --- what an undo will do

ROWS_WILL_LEAVE = Sentence("rows_will_leave", "{rows:counted row} will leave the table {table}.")
ROWS_WILL_RETURN = Sentence(
    "rows_will_return",
    "{rows:counted row} of other imports will come back, having been left out as duplicates of rows that leave.",
)
ROWS_WILL_REPEAT = Sentence(
    "rows_will_repeat", "{rows:counted row} of other imports will leave too, as duplicates of rows that come back."
)
TABLE_WILL_GO = Sentence("table_will_go", "No other import stands in the table, so the table itself will go.")
TABLE_WILL_STAY = Sentence(
    "table_will_stay",
    "The table will stay: no import created it, or it has rows that no import brought. They stay as they are.",
)
ROWS_WILL_BE = Sentence(
    "rows_will_be", "The table will have {rows:counted row} then, from {imports:counted other import}."
)
CHANGED_ROWS_WILL_BE = Sentence(
    "changed_rows_will_be", "The table will have {rows:counted row} then, which somebody changed by hand."
)
ROWS_WILL_STAY = Sentence("rows_will_stay", "{rows:counted row} will stay, from {imports:counted other import}.")
CHANGED_ROWS_WILL_STAY = Sentence(
    "changed_rows_will_stay", "{rows:counted row} will stay, which somebody changed by hand."
)
COLUMNS_WILL_GO = Sentence(
    "columns_will_go", "{number:counted column} that only this import brought will go: {columns:all}."
)
CHANGED_ROWS_AT_STAKE = Sentence(
    "changed_rows_at_stake",
    "{rows:counted row that would be lost was,rows that would be lost were} changed by hand since.",
)
ROWS_DELETED_BY_HAND = Sentence(
    "rows_deleted_by_hand", "Gone already, deleted by hand: {rows:counted row} of this import."
)
HISTORY_STAYS = Sentence(
    "history_stays", "The history keeps this import, marked as undone. The same file may be imported again."
)

# --- what an undo comes to

UNDO_DROPS_TABLE = Sentence("undo_drops_table", "{going:counted row} will leave with the table.")
UNDO_LEAVES_TABLE = Sentence("undo_leaves_table", "{going:counted row} will leave, the table will stay.")
UNDO_LEAVES_ROWS = Sentence(
    "undo_leaves_rows", "{going:counted row} will leave, the table will have {remaining:counted row}."
)

# --- what an undo did

ROWS_LEFT = Sentence("rows_left", "Taken back: {rows:counted row} left {table}.")
ROWS_RETURNED = Sentence("rows_returned", "{rows:counted row} of other imports came back.")
ROWS_REPEAT = Sentence("rows_repeat", "{rows:counted row} of other imports became duplicates.")
CHANGED_ROWS_STAYED = Sentence("changed_rows_stayed", "{rows:counted row} changed by hand stayed.")
COLUMNS_WENT = Sentence("columns_went", "{number:counted column} went: {columns:all}.")
TABLE_WENT = Sentence("table_went", "The table went with them.")

# --- what a redo will do

FILE_WILL_BE_READ = Sentence(
    "file_will_be_read",
    "{records:counted record} will be read again from the kept file, with the mapping that the import had.",
)
NO_LATER_IMPORT = Sentence(
    "no_later_import", "No import that stands in the table came after it: no other rows are concerned."
)
PLACE_BEFORE_LATER = Sentence(
    "place_before_later",
    "It takes its old place, before {imports:counted import}: rows of theirs that it had first become duplicates "
    "again.",
)
NUMBERS_BEFORE_UNDO = Sentence(
    "numbers_before_undo",
    "When it was undone it had {rows:counted row} and {duplicates:counted duplicate}. It will have as many again, "
    "unless imports before it were undone or redone since.",
)
TABLE_WILL_BE_MADE = Sentence("table_will_be_made", "The table {table} will be made again: nothing stands in it.")
COLUMNS_WILL_BE_ADDED = Sentence(
    "columns_will_be_added", "{number:counted column} will be added to the table again: {columns:all}."
)
KEPT_ROWS_WILL_STAY = Sentence(
    "kept_rows_will_stay",
    "{rows:counted row} of it, kept because somebody changed what was imported, will stay as they stand.",
)
LATER_ROWS_CHANGED = Sentence(
    "later_rows_changed",
    "{rows:counted row of imports after it was,rows of imports after it were} changed by hand: some may repeat rows "
    "that come back.",
)
CHANGES_STAY_LOST = Sentence("changes_stay_lost", "What was changed by hand in rows that left does not come back.")

# --- what a redo did

ROWS_BROUGHT_BACK = Sentence(
    "rows_brought_back", "Brought back: {rows:counted row} in {table}, {duplicates:counted duplicate} left out."
)
LATER_ROWS_REPEAT = Sentence("later_rows_repeat", "{rows:counted row} of later imports became duplicates.")
LATER_ROWS_RETURNED = Sentence("later_rows_returned", "{rows:counted row} of later imports came back.")
COLUMNS_RETURNED = Sentence("columns_returned", "{number:counted column} came back: {columns:all}.")
TABLE_MADE = Sentence("table_made", "The table was made again.")
