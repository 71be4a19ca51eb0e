"""Sentences on the lineage pages and in their admin."""

from core.messages import Sentence

NOT_A_ROW_ID = Sentence("not_a_row_id", "{parameter} must be a row id.")
ONLY_THE_FIRST = Sentence("only_the_first", "Only the first {imports:,} of the selected imports were processed.")

# --- repairs

NO_SUCH_ROW_OF_FILE = Sentence("no_such_row_of_file", "Row {row} of the file has no values that can be changed here.")
CELLS_SAVED = Sentence("cells_saved", "{cells:counted value was,values were} saved.")
CELLS_FAILED = Sentence("cells_failed", "{cells:counted value was,values were} not saved. See the messages below.")
CELLS_CHANGED_MEANWHILE = Sentence(
    "cells_changed_meanwhile",
    "{cells:counted value was,values were} not saved, because the row has changed since this page was opened.",
)
CELLS_UNCHANGED = Sentence("cells_unchanged", "{cells:counted value was,values were} already as sent.")
NOTHING_TO_SAVE = Sentence("nothing_to_save", "No value was changed, so nothing was saved.")
CHARACTERS_CANNOT_BE_STORED = Sentence(
    "characters_cannot_be_stored", "The value has characters that the database cannot store."
)
CELL_CHANGED_MEANWHILE = Sentence(
    "cell_changed_meanwhile", "Not saved: this value has no error any more. Another user may have repaired it."
)
ROW_CHANGED_MEANWHILE = Sentence(
    "row_changed_meanwhile",
    "Not saved: the row was repaired since you opened this page. Check the values as they are now, then change them.",
)
CHANGED_WITH_SQL = Sentence("changed_with_sql", "Not saved: the row was changed with SQL and stays as it is.")
DOES_NOT_FIT = Sentence("does_not_fit", "Not saved: {why}")
ANOTHER_CELL_DOES_NOT_FIT = Sentence(
    "another_cell_does_not_fit", "Not saved, because another value of this row does not fit."
)
CHECK_BODY = Sentence("check_body", "Invalid request body. Send the columns and texts to check.")
REPAIR_UNDONE = Sentence("repair_undone_on_page", "Repair undone: {rows:counted row is,rows are} as before.")
