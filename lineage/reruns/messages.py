"""Sentences about imports that are run again with another mapping."""

from core.messages import Sentence

# --- why an import cannot be run again

RERUN_OF_RUNNING = Sentence("rerun_of_running", "This import is still running. Wait until it has finished.")
RERUN_OF_UNDONE = Sentence(
    "rerun_of_undone",
    "This import was undone on {undone_at} UTC. Redo it, and then run it again, or upload the file again.",
)
RERUN_OF_REPLACED = Sentence(
    "rerun_of_replaced",
    "This import was run again as import {import_id}, which has its place now. Run that import again instead.",
)
RERUN_OF_LEGACY = Sentence(
    "rerun_of_legacy",
    "These rows were in the table before it was tracked. No import added them, so there is no file to read again.",
)
RERUN_WITHOUT_FILE = Sentence(
    "rerun_without_file", "The source file of this import is no longer stored. Upload the file again."
)
NO_PREVIEW_OF_FAILED = Sentence(
    "no_preview_of_failed",
    "This import loaded no row, so there is nothing to compare with. Run it again: its file is imported with this "
    "mapping, after the imports that the table has now.",
)
OTHER_TABLE = Sentence(
    "rerun_into_other_table",
    "The mapping names the table “{named}”, but this import is in “{table}”, and a rerun stays there. Leave "
    "table_name out. To import the file into another table, upload it.",
)
ALL_PARTS = Sentence(
    "rerun_of_all_parts",
    "The mapping asks for all sheets or files at once. A rerun reads the one that this import is of: name it in "
    "source_options.",
)
TYPE_OF_IMPORT = Sentence(
    "rerun_other_type",
    "With this mapping the column {column} would be {planned_type}. It is {type} by the import {import_id} "
    "({file_name}), which is active. Set {type} for {column} in db_schema, or undo that import first.",
)
TYPE_OF_TABLE = Sentence(
    "rerun_other_type_of_table",
    "With this mapping the column {column} would be {planned_type}. It is {type}, and rows that are no rows of this "
    "import have values there. Set {type} for {column} in db_schema.",
)

# --- what was done

REPLACED_BY = Sentence("replaced_by", "Run again with another mapping as import {import_id}.")
