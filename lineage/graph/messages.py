"""Sentences about the lineage graph: how imports are grouped into nodes."""

from core.messages import Sentence

GROUPED_BY_FILE_NAME = Sentence("grouped_by_file_name", "Similar file names are grouped.")
GROUPED_BY_DAY = Sentence("grouped_by_day", "Imports are grouped by table and day (UTC).")
GROUPED_BY_TABLE = Sentence("grouped_by_table", "Imports are grouped by table and status.")
