"""What the modules beside this one say."""

from core.messages import Sentence

TOO_MANY_COLUMNS = Sentence(
    "too_many_columns", "A table can have {limit:,} columns at most. Map only those that are needed."
)
TABLE_BUSY = Sentence("table_busy", "An import or undo of {table!r} is running. Try again when it is done.")
HISTORY_BUSY = Sentence("history_busy", "Another import is being recorded. Try again when it is done.")
