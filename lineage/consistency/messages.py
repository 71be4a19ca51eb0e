"""Sentences about inconsistent records of imports. Each follows the name of its table and the id of its import."""

from core.messages import Sentence

NO_TABLE_AND_NO_IMPORT = Sentence("no_table_and_no_import", "Table “{table}” not found, and no import into it.")

# --- of a table and its columns

NO_IMPORT_IN_TABLE = Sentence("no_import_in_table", "the table has no active import")
TABLE_MISSING = Sentence("table_missing", "the table does not exist, but has {imports:counted active import}")
PLANNED_COLUMN_MISSING = Sentence("planned_column_missing", "the table has no column {column}, which the plan contains")
PLANNED_TYPE_DIFFERS = Sentence(
    "planned_type_differs", "the column {column} is {planned_type} in the plan, but {type} in the table"
)
COLUMN_MISSING = Sentence("column_missing", "the column {column} is missing")
COLUMN_OF_OTHER_TYPE = Sentence("column_of_other_type", "the column {column} is missing or not of type {type}")
COLUMN_MAY_BE_NULL = Sentence("column_may_be_null", "the column {column} allows NULL")
COLUMN_NO_IDENTITY = Sentence(
    "column_no_identity", "the column {column} is not a 64-bit identity column that is NOT NULL"
)
COLUMN_NOT_UNIQUE = Sentence("column_not_unique", "the column {column} has no valid unique index")
INDEX_MISSING = Sentence("index_missing", "the index on {column} is missing or invalid")
FOREIGN_KEY_MISSING = Sentence(
    "foreign_key_missing", "the foreign key to {table} is missing, invalid or does not cascade"
)

# --- of the records of an import

COUNTS_DIFFER = Sentence(
    "counts_differ",
    "the counts do not add up: {total} rows in the file, {inserted} imported, {updated} updated, {skipped} skipped "
    "({duplicates} duplicates, {rejected} rejected, {filtered} filtered)",
)
STATUS_DIFFERS = Sentence("status_differs", "the status is {status}, but {rejected:counted row was,rows were} rejected")
MAPPING_STATUS_DIFFERS = Sentence(
    "mapping_status_differs", "the mapping status is {mapping_status}, but there are {errors:counted error}"
)
ORDER_UNKNOWN = Sentence("order_unknown", "the import is active, but has no position in the order of imports")
ORDER_SHARED = Sentence(
    "order_shared", "the import shares position {place} in the order of imports with {others:counted other import}"
)
MAPPING_ERRORS_DIFFER = Sentence(
    "mapping_errors_differ", "the import counts {counted:counted error}, but {kept:,} are stored"
)
MAPPING_ERRORS_OF_TYPE_DIFFER = Sentence(
    "mapping_errors_of_type_differ",
    "the import counts {counted:counted error} of type {error_type}, but {kept:,} are stored",
)
KEPT_RECORDS_DIFFER = Sentence(
    "kept_records_differ", "the import counts {counted:counted row} as {fate}, but {kept:,} are stored"
)
PURGED_DETAILS_DIFFER = Sentence(
    "purged_details_differ",
    "retention deleted {purged:,} {detail:select kept_records=skipped rows|mapping_errors=errors|row_versions=earlier "
    "versions of rows} by the record of the import, but {missing:,} are missing, and the audit log says {audited}",
)
UPDATES_DIFFER = Sentence("updates_differ", "the import counts {counted:counted updated row}, but {kept:,} are stored")
UPDATED_ROWS_MISSING = Sentence(
    "updated_rows_missing", "{updates:counted update is,updates are} of rows that were deleted outside Content Atlas"
)
LAST_WRITER_DIFFERS = Sentence(
    "last_writer_differs", "{rows:counted row does,rows do} not name the update that changed them last"
)
UPDATES_OF_UNDONE = Sentence(
    "updates_of_undone", "the import is undone, but {updates:counted update names,updates name} a row of the table"
)
UPDATES_IN_OTHER_ORDER = Sentence(
    "updates_in_other_order", "{updates:counted update has,updates have} another position than the import"
)
VERSIONS_BROKEN = Sentence(
    "versions_broken",
    "{updates:counted update found,updates found} a row of another record than the one that wrote it before",
)
UPDATED_COLUMN_UNKNOWN = Sentence(
    "updated_column_unknown", "the import changed the column {column}, which its record does not name"
)
ORIGIN_UNDONE = Sentence(
    "origin_undone", "{rows:counted updated row was,updated rows were} inserted by this import, which is not active"
)
RECORD_NUMBERS_BEYOND_FILE = Sentence(
    "record_numbers_beyond_file", "{records:counted row has,rows have} a row number that is not from 1 to {total:,}"
)
REPAIRS_WITHOUT_RECORD = Sentence(
    "repairs_without_record",
    "{records:counted row has,rows have} repairs without their result, or a result without a repair",
)
ATTEMPTS_MISSING = Sentence("attempts_missing", "{records:counted row lacks,rows lack} an attempt to repair it")
REPAIRED_RECORDS_DIFFER = Sentence(
    "repaired_records_differ", "{records:counted repaired row is,repaired rows are} rejected and imported at once"
)
REPAIRED_ROWS_DIFFER = Sentence(
    "repaired_rows_differ", "{rows:counted repaired row does,repaired rows do} not say what was corrected"
)
RECORD_NUMBERS_TWICE = Sentence(
    "record_numbers_twice",
    "{records:counted row number occurs,row numbers occur} twice among imported, updated and skipped rows",
)
ROWS_DIFFER = Sentence(
    "rows_differ",
    "{inserted:counted row} imported, but {rows:,} in the table and {deleted:,} deleted manually",
)
ROWS_WITHOUT_IMPORT = Sentence("rows_without_import", "{rows:counted row has,rows have} no import")
ROWS_OF_IMPORT_INTO_OTHER_TABLE = Sentence(
    "rows_of_import_into_other_table", "the table contains {rows:counted row}, but the import was into {table}"
)
ROWS_OF_UNDONE = Sentence("rows_of_undone", "the table contains {rows:counted row}, but the import is undone")
ROWS_OF_FAILED = Sentence("rows_of_failed", "the table contains {rows:counted row}, but the import failed")
DUPLICATES_OF_NO_IMPORT = Sentence(
    "duplicates_of_no_import",
    "{records:counted duplicate does,duplicates do} not match an active import into the table",
)
DUPLICATES_OF_NO_RECORD = Sentence(
    "duplicates_of_no_record",
    "{records:counted duplicate matches,duplicates match} neither a row of the table, nor a skipped row, nor a row "
    "that was deleted manually",
)
RUN_LOST = Sentence(
    "run_lost", "the import is in progress, but no process is running it; manage.py sweep_imports marks it as failed"
)

# --- of kept source files

_REPAIR = " Upload the same file again, which repairs it, or restore it from a backup."
_NEEDED = "{imports:counted import needs,imports need} it."
SOURCE_FILE_MISSING = Sentence("source_file_missing", f"the source file {{sha256}} is missing. {_NEEDED}{_REPAIR}")
SOURCE_FILE_OF_OTHER_SIZE = Sentence(
    "source_file_of_other_size",
    f"the source file {{sha256}} is damaged: its size is not that of the file as received. {_NEEDED}{_REPAIR}",
)
SOURCE_FILE_OF_OTHER_CONTENT = Sentence(
    "source_file_of_other_content",
    f"the source file {{sha256}} is damaged: its content has another SHA-256. {_NEEDED}{_REPAIR}",
)

RECORDS_WITHOUT_IMPORT = Sentence("records_without_import", "{records:counted record has,records have} no import")
