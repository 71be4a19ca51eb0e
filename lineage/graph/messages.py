"""What is said of the lineage graph."""

from core.messages import Sentence

# --- which imports are one node

GROUPED_BY_FILE_NAME = Sentence(
    "grouped_by_file_name", "Imports of a table whose file names differ in their numbers only are one node."
)
GROUPED_BY_DAY = Sentence("grouped_by_day", "Imports of a table on one day (UTC) are one node.")
GROUPED_BY_TABLE = Sentence("grouped_by_table", "All imports of a table that ended alike are one node.")
