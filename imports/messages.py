"""Messages of the modules in this folder."""

from core.messages import Sentence

TOO_MANY_COLUMNS = Sentence(
    "too_many_columns",
    "A table can have at most {limit:,} columns. Remove columns from the file, or leave them out of the mapping.",
)
BACKUP_RUNS = Sentence(
    "backup_runs", "A backup is being made, or files are being deleted. Try again when that has finished."
)
SOURCE_BUSY = Sentence(
    "source_busy", "Another import or command is storing or deleting the same file. Try again when it has finished."
)

# --- limits of a user

TOO_MANY_IMPORTS = Sentence(
    "too_many_imports",
    "You have started {limit:counted import} within an hour, which is the limit. Nothing was imported. Try again in "
    "{wait:wait}.",
)
TOO_MANY_PREVIEWS = Sentence(
    "too_many_previews",
    "You have requested {limit:counted preview} within an hour, which is the limit. Try again in {wait:wait}.",
)
TOO_MANY_ROWS = Sentence(
    "too_many_rows",
    "The file has more than {limit:counted row}. Split it into smaller files, each with the header row.",
)
CELL_TOO_LONG = Sentence(
    "cell_too_long",
    "A value is larger than {limit_mb:megabytes}: {location}, column “{column}”. Shorten it, or leave the row out.",
)
