"""Messages about existing tables that get tracking columns."""

from core.messages import Sentence

# --- why a table cannot be tracked

NO_TABLE_TO_TRACK = Sentence("no_table_to_track", "Table “{table}” not found in the schema public.")
NOT_A_PLAIN_TABLE = Sentence(
    "not_a_plain_table",
    "“{table}” is a view, a partitioned table or part of an inheritance tree. Only ordinary tables can be tracked.",
)
TABLE_NAME_NOT_SAFE = Sentence(
    "table_name_not_safe",
    "Imports cannot use the table name “{table}”. Rename the table first, for example to {safe}.",
)
INDEX_NAME_TAKEN = Sentence(
    "index_name_taken",
    "Another database object is already named “{index}”, the name of the new index. Rename it first.",
)
ID_IS_NO_KEY = Sentence(
    "id_is_no_key",
    "The column id is not a primary key of whole numbers, which tracking requires. Rename the column first: "
    "ALTER TABLE {table} RENAME COLUMN id TO source_id",
)
ID_NOT_UNIQUE = Sentence(
    "id_not_unique",
    "The column id has duplicate or missing values. Correct them, or rename the column to source_id.",
)
VIEW_USES_ID = Sentence(
    "view_uses_id", "The column id must become a bigint, but the view “{view}” uses it. Drop the view first."
)
TRACKING_COLUMN_TYPE = Sentence(
    "tracking_column_type",
    "The column {column} is {type}, but tracking requires {expected}. Change its type or its name first.",
)
COLUMN_COUNT = Sentence(
    "column_count",
    "The table has {columns:counted column} besides id and the tracking columns. "
    "Tables with 1 to {limit:,} can be tracked.",
)
NOT_COMPARABLE = Sentence(
    "not_comparable",
    "Rows cannot be compared by these columns: {columns:all}. Change their type first, for example json to jsonb.",
)
NOT_THE_OWNER = Sentence(
    "not_the_owner",
    "The database role of this service does not own the table “{table}”. Make it the owner, and try again.",
)

# --- which properties of a table can make imports fail

COLUMN_NAME_NOT_SAFE = Sentence(
    "column_name_not_safe", "Imports cannot use the column name “{column}”. Rename it to {safe}."
)
COLUMN_TYPE_NOT_IMPORTED = Sentence(
    "column_type_not_imported", "Imports cannot fill the column {column}: its type {type} is not supported."
)
COLUMN_NOT_NULL = Sentence(
    "column_not_null", "The column {column} is NOT NULL: an import with a row that has no value in it fails."
)
UNIQUE_VALUES = Sentence(
    "unique_values", "The index {index} is unique: an import that repeats one of its values fails."
)
