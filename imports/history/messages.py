"""Messages about the history of imports."""

from core.messages import Sentence

NO_SUCH_IMPORT = Sentence("no_such_import", "Import {import_id} not found.")
NOT_AN_IMPORT_ID = Sentence("not_an_import_id", "Invalid import ID.")
IMPORT_DIED = Sentence("import_died", "The import was interrupted. Please import the file again.")

# --- what retention deleted

SOURCE_FILE_FORGOTTEN = Sentence(
    "source_file_forgotten", "The source file was deleted on {day} at {time} UTC by the retention policy."
)
KEPT_RECORDS_FORGOTTEN = Sentence(
    "kept_records_forgotten", "The skipped rows were deleted on {day} at {time} UTC by the retention policy."
)
MAPPING_ERRORS_FORGOTTEN = Sentence(
    "mapping_errors_forgotten", "The errors were deleted on {day} at {time} UTC by the retention policy."
)
ROW_VERSIONS_FORGOTTEN = Sentence(
    "row_versions_forgotten",
    "The earlier versions of updated rows were deleted on {day} at {time} UTC by the retention policy.",
)
BOTH_FORGOTTEN = Sentence("both_forgotten", "{first:message} {second:message}")
SOURCE_FILE_NOT_KEPT = Sentence("source_file_not_kept", "This import has no stored source file.")

# --- undone imports

UNDONE = Sentence("undone", "This import was undone on {undone_at} UTC. Its rows were removed.")
UNDONE_UPDATES = Sentence(
    "undone_updates", "This import was undone on {undone_at} UTC. Its rows were removed, and its changes to other rows."
)
UNDONE_BUT_FOR_ROWS = Sentence(
    "undone_but_for_rows",
    "This import was undone on {undone_at} UTC. Its rows were removed, except {rows:counted manually changed row}.",
)
UNDONE_UPDATES_BUT_FOR_ROWS = Sentence(
    "undone_updates_but_for_rows",
    "This import was undone on {undone_at} UTC. Its rows were removed, and its changes to other rows, except "
    "{rows:counted manually changed row}.",
)

# --- results of imports

_SKIPPED = "{duplicates:counted duplicate}, {rejected:,} rejected, {filtered:,} filtered, {errors:counted error}."
RECORDS_IMPORTED = Sentence(
    "records_imported", f"{{inserted:,}} of {{records:counted row}} imported into {{table}}: {_SKIPPED}"
)
RECORDS_UPDATED = Sentence(
    "records_updated",
    "{records:counted row} for {table}: {inserted:,} imported, {updated:,} updated, {duplicates:,} unchanged, "
    "{rejected:,} rejected, {filtered:,} filtered, {errors:counted error}.",
)
NOTHING_NEW = Sentence("nothing_new", f"Nothing new in {{table}}: {_SKIPPED}")

# --- groups of errors that are sent back

GROUP_IS_NO_OBJECT = Sentence(
    "group_is_no_object", "“group” must be an object, such as one of the groups of /mapping-errors/summary."
)
PART_OF_GROUP_IS_NO_TEXT = Sentence("part_of_group_is_no_text", "“{name}” of the group must be a text or null.")
GROUP_WITHOUT_COLUMN = Sentence(
    "group_without_column",
    "“target_field” of the group must be a column of the table that this import fills. Errors of whole rows cannot be"
    " repaired together.",
)
