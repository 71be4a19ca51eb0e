"""Messages about previews of files."""

from core.messages import Sentence

COLUMNS_NOT_SHOWN = Sentence(
    "columns_not_shown",
    "The file has more columns than a table can have. Columns that are not in the mapping are not shown.",
)
NO_SUCH_ANALYSIS = Sentence(
    "no_such_analysis",
    "This preview does not exist or has expired: previews are kept for {hours:counted hour}. Upload the file again to "
    "continue; what was imported from it is in the history.",
)
TOO_LARGE_TO_PREVIEW = Sentence("too_large_to_preview", "Live preview is off for large files. Click Apply.")
FOREIGN_ROWS_IN_TABLE = Sentence(
    "foreign_rows_in_table",
    "Table “{table}” has {rows:counted row} that no import added. They stay as they are: they are not counted, and no "
    "row of the file is a duplicate of them. To include them, run manage.py add_tracking_columns {table}.",
)

# --- what rows of the file would change

DIFFERING_ROWS_OF_FILE = Sentence(
    "differing_rows_of_file",
    "{differing:counted row has,rows have} other values than the table, of {matched:counted row} with a known key "
    "({key:all}). To change the table, set {option[on_match]} to update.",
)

# --- why a key is proposed

_ROWS = "{rows_are:select all=All|first=The first} {rows:,} rows have"
KEY_OF_TABLE = Sentence("key_of_table", "Earlier imports into “{table}” use this key.")
UNIQUE_AND_NAMED = Sentence(
    "unique_and_named", _ROWS + " a value of their own in “{column}”, and columns of this name usually identify a row."
)
UNIQUE_TOGETHER = Sentence(
    "unique_together",
    _ROWS + " values of their own in {columns:all} together, and columns of these names usually identify a row.",
)
UNIQUE_IDS = Sentence("unique_ids", _ROWS + " a UUID of their own in “{column}”.")
