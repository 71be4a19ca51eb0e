"""What is said of tables that are to get tracking columns."""

from core.messages import Sentence

# --- why a table cannot be tracked

NO_TABLE_TO_TRACK = Sentence("no_table_to_track", "There is no table {table!r} in the schema public.")
NOT_A_PLAIN_TABLE = Sentence(
    "not_a_plain_table",
    "{table!r} is a view, or a table with partitions or heirs; only plain tables are tracked.",
)
TABLE_NAME_NOT_SAFE = Sentence(
    "table_name_not_safe",
    "No import can name the table {table!r}. Rename it first, for example to {safe}.",
)
INDEX_NAME_TAKEN = Sentence("index_name_taken", "The name {index!r} is taken by something else in the database.")
ID_IS_NO_KEY = Sentence(
    "id_is_no_key",
    "Its column id is not a whole-number key of the table, as tracking needs one. Rename it first: "
    "ALTER TABLE {table} RENAME COLUMN id TO source_id",
)
ID_NOT_UNIQUE = Sentence(
    "id_not_unique",
    "Its column id has the same value twice, or none. Mend that, or rename the column to source_id.",
)
VIEW_USES_ID = Sentence("view_uses_id", "id must become a bigint, but the view {view!r} uses it. Drop the view first.")
TRACKING_COLUMN_TYPE = Sentence(
    "tracking_column_type", "Its column {column} is {found}, not {expected}. Change its type or its name first."
)
COLUMN_COUNT = Sentence("column_count", "It has {columns:,} columns of its own; 1 to {limit:,} can be tracked.")
NOT_COMPARABLE = Sentence(
    "not_comparable", "Rows cannot be compared by {columns:all}. Change the type first, json to jsonb for one."
)
TABLE_IN_USE = Sentence("table_in_use", "Somebody else uses the table {table!r}. Try again when they are done.")
NOT_THE_OWNER = Sentence("not_the_owner", "The database role of this service does not own the table {table!r}.")

# --- what makes imports into it harder

COLUMN_NAME_NOT_SAFE = Sentence(
    "column_name_not_safe", "No import can name the column {column!r}: rename it to {safe}."
)
COLUMN_TYPE_NOT_IMPORTED = Sentence(
    "column_type_not_imported",
    "No import can fill the column {column}: {type} is not among the types of imports.",
)
COLUMN_NOT_NULL = Sentence(
    "column_not_null", "The column {column} is NOT NULL: an import that leaves it empty fails whole."
)
UNIQUE_VALUES = Sentence("unique_values", "Values are unique by {index}: an import that repeats one fails whole.")
