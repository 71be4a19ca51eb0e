"""Messages of the modules in this folder."""

from core.messages import Sentence

TOO_MANY_COLUMNS = Sentence(
    "too_many_columns",
    "A table can have at most {limit:,} columns. Remove columns from the file, or leave them out of the mapping.",
)
SOURCE_BUSY = Sentence(
    "source_busy", "Another import or command is storing or deleting the same file. Try again when it has finished."
)
