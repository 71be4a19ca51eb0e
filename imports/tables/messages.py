"""What is said of data tables, their names, their rows and the rules that they have."""

from core.messages import Sentence

# --- of tables

NO_SUCH_TABLE = Sentence("no_such_table", "There is no table {table!r}.")
NUL_IN_TABLE_NAME = Sentence("nul_in_table_name", "No table's name holds the character NUL.")
NOT_A_DATA_TABLE = Sentence("not_a_data_table", "{table!r} is not a table that imports made; choose another name.")
NO_TRACKING_COLUMNS = Sentence(
    "no_tracking_columns",
    "The table {table!r} has no tracking columns. Add them with: manage.py add_tracking_columns {table}",
)
NAME_TAKEN = Sentence(
    "name_taken",
    "The table {table!r} cannot be made: the name {taken!r} is taken by something else in the database. "
    "Choose another name.",
)
RESERVED_TABLE_NAME = Sentence("reserved_table_name", "The table name {table!r} is reserved; choose another name.")
NO_PLACES_FOR_COLUMNS = Sentence(
    "no_places_for_columns",
    "The table {table!r} cannot have {new:,} more columns: PostgreSQL counts {limit:,} for a table, and also the "
    "{dropped:,} that were dropped from this one, which not even VACUUM FULL changes. "
    "Export the table and import it into a new one.",
)
IMPORT_DELETED = Sentence(
    "import_deleted", "Somebody deleted the record of this import while it ran; nothing was loaded."
)

# --- of what is asked of a table's rows

NEITHER_PARAMETER_NOR_COLUMN = Sentence(
    "neither_parameter_nor_column", "{name!r} is neither a parameter nor a column of the table."
)
ISNULL_TRUE_OR_FALSE = Sentence("isnull_true_or_false", "{column}__isnull must be true or false.")
NUL_IN_SEARCH = Sentence("nul_in_search", "No text in a database holds the character NUL.")
NOT_OF_COLUMN_TYPE = Sentence("not_of_column_type", "{column} is {type}, and {value!r} is none.")
NO_SUCH_ORDER = Sentence("no_such_order", "The table cannot be ordered by {name!r}.")

# --- of rows that a rule of the table refuses; first those of a file, then those that an undo or a redo restores

FILE_ROW_AGAINST_TRIGGER = Sentence(
    "file_row_against_trigger",
    "A row of the file is refused by a trigger that somebody gave the table (SQLSTATE {sqlstate}). "
    "Change the file or its mapping, or drop the rule.",
)
FILE_ROW_AGAINST_NOT_NULL = Sentence(
    "file_row_against_not_null",
    "A row of the file breaks NOT NULL of {column!r} of the table {table!r}. "
    "Change the file or its mapping, or drop the rule.",
)
FILE_ROW_AGAINST_RULE = Sentence(
    "file_row_against_rule",
    "A row of the file breaks the rule {rule!r} of the table {table!r}. "
    "Change the file or its mapping, or drop the rule.",
)
FILE_ROW_AGAINST_KEY = Sentence(
    "file_row_against_key",
    "A row of the file breaks the rule {rule!r} of the table {table!r} (another row has the same values). "
    "Change the file or its mapping, or drop the rule.",
)
RESTORED_ROW_AGAINST_TRIGGER = Sentence(
    "restored_row_against_trigger",
    "A row that would come back is refused by a trigger that somebody gave the table (SQLSTATE {sqlstate}). "
    "Drop the rule, or change or delete the rows in its way, and try again.",
)
RESTORED_ROW_AGAINST_NOT_NULL = Sentence(
    "restored_row_against_not_null",
    "A row that would come back breaks NOT NULL of {column!r} of the table {table!r}. "
    "Drop the rule, or change or delete the rows in its way, and try again.",
)
RESTORED_ROW_AGAINST_RULE = Sentence(
    "restored_row_against_rule",
    "A row that would come back breaks the rule {rule!r} of the table {table!r}. "
    "Drop the rule, or change or delete the rows in its way, and try again.",
)
RESTORED_ROW_AGAINST_KEY = Sentence(
    "restored_row_against_key",
    "A row that would come back breaks the rule {rule!r} of the table {table!r} (another row has the same values). "
    "Drop the rule, or change or delete the rows in its way, and try again.",
)
FILE_ROW_AGAINST_PAGE = Sentence(
    "file_row_against_page",
    "A row of the file is wider than a page of PostgreSQL, which holds {bytes:,} bytes, with what the "
    "table adds to it. Change the file or its mapping, or drop the rule.",
)
FILE_ROW_AGAINST_INDEX = Sentence(
    "file_row_against_index",
    "A row of the file has a value that is too long for the index {rule!r} of the table {table!r}. "
    "Change the file or its mapping, or drop the rule.",
)
FILE_ROW_AGAINST_SOME_INDEX = Sentence(
    "file_row_against_some_index",
    "A row of the file has a value that is too long for an index of the table. "
    "Change the file or its mapping, or drop the rule.",
)
RESTORED_ROW_AGAINST_PAGE = Sentence(
    "restored_row_against_page",
    "A row that would come back is wider than a page of PostgreSQL, which holds {bytes:,} bytes, with what the "
    "table adds to it. Drop the rule, or change or delete the rows in its way, and try again.",
)
RESTORED_ROW_AGAINST_INDEX = Sentence(
    "restored_row_against_index",
    "A row that would come back has a value that is too long for the index {rule!r} of the table {table!r}. "
    "Drop the rule, or change or delete the rows in its way, and try again.",
)
RESTORED_ROW_AGAINST_SOME_INDEX = Sentence(
    "restored_row_against_some_index",
    "A row that would come back has a value that is too long for an index of the table. "
    "Drop the rule, or change or delete the rows in its way, and try again.",
)
