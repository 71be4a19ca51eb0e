"""What is said of records of imports that do not agree. Each goes on after the table, and the import, that it is of."""

from core.messages import Sentence

NO_TABLE_AND_NO_IMPORT = Sentence("no_table_and_no_import", "There is no data table {table!r}, and no import into one.")

# --- of a table and its columns

NO_IMPORT_IN_TABLE = Sentence("no_import_in_table", "no import stands in the table")
TABLE_MISSING = Sentence("table_missing", "{imports:,} imports stand in it, but there is no such data table")
PLANNED_COLUMN_MISSING = Sentence("planned_column_missing", "the table lacks the column {column} of its plan")
PLANNED_TYPE_DIFFERS = Sentence(
    "planned_type_differs", "the column {column} of its plan is {planned_type}, in the table it is {type}"
)
COLUMN_MISSING = Sentence("column_missing", "it has no column {column}")
COLUMN_OF_OTHER_TYPE = Sentence("column_of_other_type", "its column {column} is no {type}")
COLUMN_MAY_BE_NULL = Sentence("column_may_be_null", "its column {column} may be NULL")
COLUMN_NO_IDENTITY = Sentence("column_no_identity", "its column {column} is no 64-bit identity that is never NULL")
COLUMN_NOT_UNIQUE = Sentence("column_not_unique", "its column {column} has no valid unique index")
INDEX_MISSING = Sentence("index_missing", "its index on {column} is missing or not valid")
FOREIGN_KEY_MISSING = Sentence(
    "foreign_key_missing", "its foreign key to {table} is missing, not valid or does not cascade"
)

# --- of the records of an import

COUNTS_DIFFER = Sentence(
    "counts_differ",
    "its counts do not add up: {total} records, {inserted} inserted, {skipped} skipped, of them {duplicates} "
    "duplicates, {rejected} rejected, {filtered} filtered",
)
STATUS_DIFFERS = Sentence("status_differs", "its status is {status}, but {rejected:,} records were rejected")
MAPPING_STATUS_DIFFERS = Sentence(
    "mapping_status_differs", "its mapping status is {mapping_status}, but it has {errors:,} mapping errors"
)
ORDER_UNKNOWN = Sentence("order_unknown", "it stands, but has no place in the order of imports")
ORDER_SHARED = Sentence("order_shared", "it has the place {place} in the order of imports, as {others:,} others have")
MAPPING_ERRORS_DIFFER = Sentence(
    "mapping_errors_differ", "it counts {counted:,} mapping errors, but {kept:,} are there"
)
MAPPING_ERRORS_OF_TYPE_DIFFER = Sentence(
    "mapping_errors_of_type_differ",
    "it counts {counted:,} mapping errors of type {error_type}, but {kept:,} are there",
)
KEPT_RECORDS_DIFFER = Sentence("kept_records_differ", "it counts {counted:,} records as {fate}, but {kept:,} are kept")
RECORD_NUMBERS_BEYOND_FILE = Sentence(
    "record_numbers_beyond_file", "{records:,} of its records have a number that is not from 1 to {total:,}"
)
RECORD_NUMBERS_TWICE = Sentence(
    "record_numbers_twice", "{records:,} of its record numbers stand twice among its rows and kept records"
)
ROWS_DIFFER = Sentence(
    "rows_differ",
    "it inserted {inserted:,} rows, but {rows:,} of it are there, and {deleted:,} were seen being deleted by hand",
)
ROWS_WITHOUT_IMPORT = Sentence("rows_without_import", "{rows:,} rows have no import")
ROWS_OF_IMPORT_INTO_OTHER_TABLE = Sentence(
    "rows_of_import_into_other_table", "{rows:,} rows are there, but it went into {table}"
)
ROWS_OF_UNDONE = Sentence("rows_of_undone", "{rows:,} rows are there, but it was undone")
ROWS_OF_FAILED = Sentence("rows_of_failed", "{rows:,} rows are there, but it failed")
DUPLICATES_OF_NO_IMPORT = Sentence(
    "duplicates_of_no_import",
    "{records:,} of its duplicates match a record of no import that stands in the table",
)
DUPLICATES_OF_NO_RECORD = Sentence(
    "duplicates_of_no_record",
    "{records:,} of its duplicates match a record that is neither a row, nor kept, nor a row that was seen being "
    "deleted by hand",
)
RUN_LOST = Sentence(
    "run_lost", "it is in progress, but no process works on it; manage.py sweep_imports sets it to failed"
)
RECORDS_WITHOUT_IMPORT = Sentence("records_without_import", "{records:,} records have no import")
