"""Messages about data tables: their names, columns, rows and constraints."""

from core.messages import Sentence

# --- tables

NO_SUCH_TABLE = Sentence("no_such_table", "Table “{table}” not found.")
NUL_IN_TABLE_NAME = Sentence("nul_in_table_name", "Table names cannot contain a NUL character.")
NOT_A_DATA_TABLE = Sentence("not_a_data_table", "“{table}” is not a table that imports can use. Choose another name.")
NO_TRACKING_COLUMNS = Sentence(
    "no_tracking_columns",
    "Table “{table}” has no tracking columns. Add them with: manage.py add_tracking_columns {table}",
)
NAME_TAKEN = Sentence(
    "name_taken",
    "Cannot create table “{table}”: another database object is already named “{taken}”. Choose another name.",
)
RESERVED_TABLE_NAME = Sentence("reserved_table_name", "Table name “{table}” is reserved. Choose another name.")
NO_PLACES_FOR_COLUMNS = Sentence(
    "no_places_for_columns",
    "Cannot add {new:counted column} to table “{table}”. PostgreSQL allows {limit:,} columns per table, including the "
    "{dropped:,} that were dropped from this one; even VACUUM FULL does not free them. "
    "Export the table and import it into a new one.",
)
COLUMNS_INHERITED = Sentence(
    "columns_inherited",
    "Cannot add {columns:list} to table “{table}”: {children:list} would get these columns too, by inheritance "
    "(INHERITS). Nothing was imported. Leave the columns out, with the strategy adapt_data, or import the file into "
    "another table.",
)
IMPORT_DELETED = Sentence(
    "import_deleted", "The record of this import was deleted while it was running. Nothing was imported."
)

# --- filters and orders of a table's rows

NEITHER_PARAMETER_NOR_COLUMN = Sentence(
    "neither_parameter_nor_column", "Unknown filter “{name}”. Filter by the name of a column."
)
ISNULL_TRUE_OR_FALSE = Sentence("isnull_true_or_false", "{column}__isnull must be true or false.")
NUL_IN_SEARCH = Sentence("nul_in_search", "Filter values cannot contain a NUL character.")
NOT_OF_COLUMN_TYPE = Sentence(
    "not_of_column_type",
    "{column}: “{value}” is not a valid {type:select INTEGER=whole number|BIGINT=whole number|NUMERIC=number"
    "|DOUBLE PRECISION=number|BOOLEAN=yes/no value (true or false)|DATE=date (YYYY-MM-DD)"
    "|TIMESTAMP=date and time|TIMESTAMPTZ=date and time|TIME=time|JSONB=JSON value}.",
)
NO_SUCH_ORDER = Sentence("no_such_order", "Cannot sort by “{name}”: no such column.")

# --- rows that a constraint of the table rejects: first rows of a file, then rows that an undo or a redo restores

FILE_ROW_AGAINST_TRIGGER = Sentence(
    "file_row_against_trigger",
    "A trigger of the table rejected a row of the file (SQLSTATE {sqlstate}). "
    "Change the file or its mapping, or drop the trigger.",
)
FILE_ROW_AGAINST_NOT_NULL = Sentence(
    "file_row_against_not_null",
    "A row of the file has no value for the column “{column}” of table “{table}”, which is NOT NULL. "
    "Change the file or its mapping, or drop the constraint.",
)
FILE_ROW_AGAINST_RULE = Sentence(
    "file_row_against_rule",
    "A row of the file violates the constraint “{rule}” of table “{table}”. "
    "Change the file or its mapping, or drop the constraint.",
)
FILE_ROW_AGAINST_KEY = Sentence(
    "file_row_against_key",
    "A row of the file violates the constraint “{rule}” of table “{table}”: another row has the same values. "
    "Change the file or its mapping, or drop the constraint.",
)
RESTORED_ROW_AGAINST_TRIGGER = Sentence(
    "restored_row_against_trigger",
    "A trigger of the table rejected a row to be restored (SQLSTATE {sqlstate}). "
    "Drop the trigger, or change or delete the conflicting rows, and try again.",
)
RESTORED_ROW_AGAINST_NOT_NULL = Sentence(
    "restored_row_against_not_null",
    "A row to be restored has no value for the column “{column}” of table “{table}”, which is NOT NULL. "
    "Drop the constraint, and try again.",
)
RESTORED_ROW_AGAINST_RULE = Sentence(
    "restored_row_against_rule",
    "A row to be restored violates the constraint “{rule}” of table “{table}”. "
    "Drop the constraint, or change or delete the conflicting rows, and try again.",
)
RESTORED_ROW_AGAINST_KEY = Sentence(
    "restored_row_against_key",
    "A row to be restored violates the constraint “{rule}” of table “{table}”: another row has the same values. "
    "Drop the constraint, or change or delete the conflicting rows, and try again.",
)
FILE_ROW_AGAINST_PAGE = Sentence(
    "file_row_against_page",
    "A row of the file, with the values that the table adds to it, is too large for the database, which stores up to "
    "{bytes:,} bytes. Change the file or its mapping, or drop columns of the table.",
)
FILE_ROW_AGAINST_INDEX = Sentence(
    "file_row_against_index",
    "A row of the file has a value that is too long for the index “{rule}” of table “{table}”. "
    "Change the file or its mapping, or drop the index.",
)
FILE_ROW_AGAINST_SOME_INDEX = Sentence(
    "file_row_against_some_index",
    "A row of the file has a value that is too long for an index of the table. "
    "Change the file or its mapping, or drop the index.",
)
RESTORED_ROW_AGAINST_PAGE = Sentence(
    "restored_row_against_page",
    "A row to be restored, with the values that the table adds to it, is too large for the database, which stores up "
    "to {bytes:,} bytes. Drop columns of the table, and try again.",
)
RESTORED_ROW_AGAINST_INDEX = Sentence(
    "restored_row_against_index",
    "A row to be restored has a value that is too long for the index “{rule}” of table “{table}”. "
    "Drop the index, and try again.",
)
RESTORED_ROW_AGAINST_SOME_INDEX = Sentence(
    "restored_row_against_some_index",
    "A row to be restored has a value that is too long for an index of the table. Drop the index, and try again.",
)

# --- why the database cannot be reset

RESET_WHILE_RUNNING = Sentence(
    "reset_while_running",
    "Content Atlas uses the database ({sessions:counted session}). Stop ./run and all workers first.",
)
RESET_FOREIGN_ROWS = Sentence(
    "reset_foreign_rows",
    "Table “{table}” has {rows:counted row} that no import added. Move them to another table, or delete them, first.",
)
RESET_REFERENCED = Sentence(
    "reset_referenced",
    "Table “{other}” has a foreign key to “{table}” and was not created by an import. Drop that key first: rows of "
    "“{other}” are not changed.",
)
RESET_USED = Sentence("reset_used", "The {user} uses table “{table}”. Drop it first.")
RESET_IN_USE = Sentence("reset_in_use", "Other objects of the database use tables of Content Atlas: {detail}.")
