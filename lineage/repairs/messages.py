"""Sentences about repairs: why one is not possible, and what it needs."""

from core.messages import Sentence

# --- what the request says

NO_SUCH_RECORD = Sentence(
    "no_such_record", "The file has no row {record}: its rows are 1 to {records}. Check the row number."
)
REPAIR_OF_UNKNOWN_COLUMN = Sentence(
    "repair_of_unknown_column",
    "Row {record}: this import fills no column “{column}”. Its columns are {columns:list}. Check the name.",
)
NO_SUCH_FIELD = Sentence("no_such_field", "Row {record}: the file has no column at position {position}.")
REPAIR_OF_FILTERED = Sentence(
    "repair_of_filtered",
    "Row {record} was filtered out by a rule of the mapping, so there is nothing to repair. Import the file again "
    "with another mapping.",
)
CORRECTION_NEEDS_REASON = Sentence(
    "correction_needs_reason",
    "{records:counted row has,rows have} no error in what is changed, first row {record}. Send a reason for such a "
    "correction.",
)

# --- why an import takes no repairs

REPAIR_OF_UNDONE = Sentence(
    "repair_of_undone", "This import was undone on {undone_at} UTC. Redo it before you repair rows of it."
)
REPAIR_OF_RUNNING = Sentence("repair_of_running", "This import is still running. Wait until it has finished.")
REPAIR_OF_FAILED = Sentence(
    "repair_of_failed",
    "This import stopped before its rows were imported, so single rows cannot be repaired. Run it again with another "
    "mapping, or import the file again.",
)
REPAIR_WITHOUT_PLAN = Sentence(
    "repair_without_plan", "This import has no mapping, so it is not known what its rows would be."
)
REPAIR_OF_PURGED = Sentence(
    "repair_of_purged", "Retention deleted what repairs of this import need: {detail}. Import the file again."
)
REPAIR_WITHOUT_FILE = Sentence(
    "repair_without_file",
    "The source file of this import is no longer stored, and {records:counted of the rows was,of the rows were} "
    "imported: only rejected rows can be repaired. Change the others with SQL, or import the file again.",
)
REPAIR_OF_OTHER_TYPE = Sentence(
    "repair_of_other_type",
    "The column {column} of this import would be {planned_type}, and is {type} in “{table}” now, because of a later "
    "import. Import the file again.",
)
ROW_GONE = Sentence(
    "row_gone",
    "{records:counted of these rows was,of these rows were} deleted with SQL from “{table}”. Send "
    '"changed_rows": "keep" to leave them out.',
)
FILTERED_BY_REPAIR = Sentence("filtered_by_repair", "With this change a rule of the mapping would filter the row out.")
# --- undo of repairs

NO_SUCH_REPAIR = Sentence("no_such_repair", "This import has no repair with that id.")
REPAIR_UNDONE_ALREADY = Sentence("repair_undone_already", "This repair was already undone.")
REPAIR_TOOK_NOTHING = Sentence("repair_took_nothing", "This repair changed nothing, so there is nothing to undo.")
ROWS_KEPT = Sentence(
    "rows_of_repair_kept",
    "{records:counted of these rows was,of these rows were} changed or deleted with SQL since, so the repair stays. "
    'Send "changed_rows": "remove" to undo it nevertheless.',
)

# --- what a repair did, or would do

ROWS_REPAIRED = Sentence("rows_repaired", "{rows:counted row} repaired.")
ROWS_STILL_FAILING = Sentence("rows_still_failing", "{rows:counted row} still with errors.")
ROWS_NOT_CHANGED = Sentence("rows_not_changed_by_repair", "{rows:counted row} left as before.")
LATER_ROWS_RETURN = Sentence(
    "later_rows_return", "{rows:counted duplicate} of later imports: no longer duplicates, so they become rows."
)
LATER_ROWS_BECOME_DUPLICATES = Sentence(
    "later_rows_become_duplicates", "{rows:counted row} of later imports: now duplicates, so they leave the table."
)
OTHER_ROWS_CHANGE = Sentence("other_rows_change", "{rows:counted row} of other imports: other values.")
