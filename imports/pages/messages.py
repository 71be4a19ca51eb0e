"""Messages of the pages of imports."""

from core.messages import Sentence

PREVIEW_OF_EARLIER_VERSION = Sentence(
    "preview_of_earlier_version",
    "This preview was created by an earlier version of Content Atlas. Please upload the file again.",
)

# --- after the file was read again with other settings

FILE_SETTINGS_APPLIED = Sentence(
    "file_settings_applied",
    "Not imported yet: the file was read again with your settings. Check the columns below, then import.",
)
FILE_SETTINGS_APPLIED_TO_OTHER_COLUMNS = Sentence(
    "file_settings_applied_to_other_columns",
    "Not imported yet: the file was read again with your settings. Its columns changed, so their names, types and keys "
    "and the transformations were reset. Check them below, then import.",
)

# --- after an import of all sheets or files

PART_REFUSED = Sentence("part_refused", "{part} was not imported: {why:message}")

# --- errors in the form of a preview

NO_COLUMN_CHOSEN = Sentence("no_column_chosen", "Choose at least one column.")
COLUMN_NAME_TWICE = Sentence("column_name_twice", "Two columns are named “{name}”. Please rename one.")
KEY_NEEDED = Sentence(
    "key_needed",
    "Rows can only be updated or filled by a key. Tick “Unique key” for the columns that identify a row, in the list "
    "of columns below.",
)

# --- saved mappings

MAPPING_SAVED = Sentence("mapping_saved", "Saved: “{name}”, version {version:,}.")
MAPPING_UNCHANGED = Sentence(
    "mapping_unchanged", "Nothing to save: version {version:,} of “{name}” says the same already."
)
MAPPING_NOW_ARCHIVED = Sentence(
    "mapping_now_archived", "“{name}” is archived: it is no longer offered. Imports that used it still name it."
)
MAPPING_RESTORED = Sentence("mapping_restored", "“{name}” is offered again.")
MAPPING_USED = Sentence(
    "mapping_used",
    "Not imported yet: the preview shows the file with “{name}”, version {version:,}. Check it, then import.",
)
FILE_SETTINGS_NOT_APPLIED = Sentence(
    "file_settings_not_applied", "Nothing was saved: the changed file settings are not applied yet. Apply them first."
)
