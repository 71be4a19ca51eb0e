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
