"""Messages of saved mappings: names, versions, files, and what differs between two versions."""

from core.messages import Sentence

# --- names and versions

NAME_MISSING = Sentence("name_missing", "The mapping needs a name. Send a text of 1 to 200 characters as name.")
NAME_OF_MAPPING_TOO_LONG = Sentence(
    "name_of_mapping_too_long", "The name of the mapping has {length:,} characters. The limit is {limit:,}: shorten it."
)
NAME_NOT_ALLOWED = Sentence(
    "name_not_allowed",
    "“{name}” cannot be the name of a mapping: @, / and \\ and characters that do not show are not allowed, and it "
    "needs more than dots. Choose another name.",
)
MAPPING_NAME_TAKEN = Sentence(
    "mapping_name_taken",
    "A saved mapping is named “{name}” already; upper and lower case make no difference. Choose another name, or save "
    "a new version of it.",
)
NO_SUCH_MAPPING = Sentence("no_such_mapping", "No saved mapping is named “{name}”.{nearest:suggestion}")
NO_SUCH_VERSION = Sentence(
    "no_such_version", "The saved mapping “{name}” has no version {version}. Its latest version is {latest:,}."
)
REFERENCE_EXPECTED = Sentence(
    "reference_expected", "{parameter} must name a saved mapping: NAME, or NAME@VERSION for an earlier version."
)
VERSION_EXPECTED = Sentence(
    "version_expected", "“{version}” is not a version of “{name}”. Versions are whole numbers from 1."
)
MAPPING_IS_ARCHIVED = Sentence(
    "mapping_is_archived", "The saved mapping “{name}” is archived. Restore it to use or change it."
)
CHANGED_MEANWHILE = Sentence(
    "changed_meanwhile",
    "Version {latest:,} of “{name}” was saved by {by} after version {base:,}, which you changed. Nothing was saved. "
    "Compare the two, then save again from version {latest:,}.",
)

# --- requests

ONE_SOURCE_EXPECTED = Sentence(
    "one_source_expected", "Send exactly one of {sources:or}: it says which mapping is saved."
)
NOTHING_TO_CHANGE = Sentence("nothing_to_change", "The body says nothing to change. Send one of {keys:or}.")
TEXT_TOO_LONG = Sentence("text_too_long", "{key} has {length:,} characters. The limit is {limit:,}: shorten it.")
NOT_A_VERSION_NUMBER = Sentence("not_a_version_number", "{key} must be the number of a version: 1 or greater.")
NO_MAPPING_OF_IMPORT = Sentence(
    "no_mapping_of_import",
    "This import has no mapping that can be saved: only an import that Content Atlas has planned has one.",
)

# --- files

NO_MAPPING_FILE = Sentence(
    "no_mapping_file",
    "This file is not an exported mapping: it has no {key}. Send a file that was downloaded from the page of a saved "
    "mapping, or a JSON object of the same kind.",
)
MAPPING_FILE_TOO_LARGE = Sentence(
    "mapping_file_too_large", "The file of a mapping is too large. The limit is {limit_mb:megabytes}."
)
NEWER_MAPPING_FILE = Sentence(
    "newer_mapping_file",
    "This file was exported by a newer version of Content Atlas (format {found}). This version reads format {known}. "
    "Update Content Atlas first.",
)

# --- what differs between two versions

VALUE_SET = Sentence("value_set", "{name:option} is set to {after}.")
VALUE_REMOVED = Sentence("value_removed", "{name:option} is no longer set. It was {before}.")
VALUE_CHANGED = Sentence("value_changed", "{name:option} changes from {before} to {after}.")
COLUMN_ADDED = Sentence("column_added", "Column “{column}” is filled from “{source}”.")
COLUMN_REMOVED = Sentence("column_removed", "Column “{column}” is no longer filled. It was filled from “{source}”.")
COLUMN_FROM = Sentence("column_from", "Column “{column}” is filled from “{after}” instead of “{before}”.")
EVERY_COLUMN = Sentence(
    "every_column",
    "All columns of the file are imported. Before, {columns:counted column was,columns were} chosen.",
)
CHOSEN_COLUMNS = Sentence(
    "chosen_columns", "{columns:counted column is,columns are} chosen. Before, all columns of the file were imported."
)
TYPE_SET = Sentence("type_set", "Column “{column}” gets the type {after}.")
TYPE_OPEN = Sentence("type_open", "Column “{column}” no longer has a set type. It was {before}.")
TYPE_CHANGED = Sentence("type_changed", "Column “{column}” gets the type {after} instead of {before}.")
RULE_ADDED = Sentence("rule_added", "New rule: {rule}")
RULE_REMOVED = Sentence("rule_removed", "Rule removed: {rule}")
RULES_REORDERED = Sentence("rules_reordered", "The rules are applied in another order.")
