"""What is said of the plan of an import."""

from core.messages import Sentence

# --- warnings

UNKNOWN_NAME = Sentence(
    "unknown_name", "{place} names {name!r}, which is neither in the file nor in the table.{nearest:suggestion}"
)
TYPE_STAYS = Sentence("type_stays", "Column {column} stays {type}: types of existing columns never change.")
COLUMNS_WITHOUT_HOME = Sentence(
    "columns_without_home", "No column in the table for: {headers:list}. Their values stay in the kept source file."
)
INVALID_VALUES = Sentence(
    "invalid_values", "Column {column}: {invalid:,} of {values:,} values are no {type}, the column's type."
)
AMBIGUOUS_DATE_ORDER = Sentence(
    "ambiguous_date_order",
    "Column {column}: every date fits {taken} and {others:all} alike; {taken} was taken. "
    "Set {option[date_order]} to decide.",
)
AMBIGUOUS_COMMA = Sentence(
    "ambiguous_comma",
    "Column {column}: the comma in its numbers may separate thousands or mark decimals; the decimal mark {taken!r} was "
    "taken. Set {option[decimal]} to decide.",
)
AMBIGUOUS_POINT = Sentence(
    "ambiguous_point",
    "Column {column}: the point in its numbers may separate thousands or mark decimals; the decimal mark {taken!r} was "
    "taken. Set {option[decimal]} to decide.",
)

# --- why a file, a mapping and a table do not go together

NO_SUCH_COLUMN = Sentence("no_such_column", "The file has no column {header!r}.{nearest:suggestion}")
KEY_NOT_IMPORTED = Sentence(
    "key_not_imported", "{option[unique_columns]} names {name!r}, which is not imported.{nearest:suggestion}"
)
TABLE_EXISTS = Sentence(
    "table_exists", "The table {table!r} exists already. Choose another name, or the strategy auto."
)
NO_COLUMN_IN_TABLE = Sentence(
    "no_column_in_table",
    "None of the file's columns is in the table {table!r}. Map them, or choose another table.",
)
COLUMNS_DIFFER = Sentence(
    "columns_differ",
    "merge_exact needs the table's own columns, no more and no fewer. New in the file: {new:list}. Absent from it: "
    "{absent:list}.",
)
NEEDS_TABLE = Sentence("needs_table", "The strategy {strategy} needs a table that exists. Use auto or new_table.")
MOSTLY_INVALID = Sentence(
    "mostly_invalid",
    "Column {column} of the table is {type}, but {invalid:,} of {values:,} values of the file are not. Map it to "
    "another column, choose another table, or ask for adapt_data.",
)

# --- why a strategy was taken

NO_TABLE_YET = Sentence("no_table_yet", "There was no table of that name.")
ASKED_FOR = Sentence("asked_for", "It was asked for.")
NEW_COLUMNS = Sentence("new_columns", "The file has columns that the table lacks: {columns:list}.")
VALUES_DO_NOT_FIT = Sentence("values_do_not_fit", "Some values do not fit the table's types: {columns:list}.")
COLUMNS_ABSENT = Sentence("columns_absent", "The file lacks columns of the table, which stay empty: {columns:list}.")
EVERYTHING_FITS = Sentence("everything_fits", "The file has the table's columns, and every value fits.")
