"""Messages about the plan of an import."""

from core.messages import Sentence
from imports.column_types import TYPES

#: Types with a size are shown by their SQL name.
_TYPE_NAMES = "|".join(f"{column_type.name}={column_type.label}" for column_type in TYPES)
#: Type without a size -> what its values are called.
VALUE_NAMES = {
    "TEXT": "texts", "BOOLEAN": "yes/no values", "INTEGER": "whole numbers", "BIGINT": "whole numbers",
    "NUMERIC": "numbers", "DOUBLE PRECISION": "numbers", "DATE": "dates", "TIME": "times",
    "TIMESTAMP": "dates and times", "TIMESTAMPTZ": "dates and times with time zone", "JSONB": "JSON", "UUID": "UUIDs",
}  # fmt: skip
_VALUE_NAMES = "|".join(f"{name}={values}" for name, values in VALUE_NAMES.items())
_DATE_ORDERS = "DMY=day/month/year|MDY=month/day/year|YMD=year/month/day|YDM=year/day/month"
_MARKS = ",=comma|.=dot|'=apostrophe| =space"

# --- warnings

UNKNOWN_NAME = Sentence(
    "unknown_name", "{place}: column “{name}” is neither in the file nor in the table.{nearest:suggestion}"
)
MORE_UNKNOWN_NAMES = Sentence(
    "more_unknown_names", "{place}: other columns that are neither in the file nor in the table: {names:list}."
)
TYPE_STAYS = Sentence("type_stays", f"{{column}} keeps its type ({{type:select {_TYPE_NAMES}}}).")
COLUMNS_WITHOUT_HOME = Sentence("columns_without_home", "Not imported (no matching column): {headers:list}.")
HEADER_MORE_THAN_ONCE = Sentence(
    "header_more_than_once",
    "The file has {times} columns called “{header}”, and not all of them are imported. To import the others, add "
    "{others:list} to {option[mappings]}.",
)
HEADER_MOVED = Sentence(
    "header_moved",
    "“{header}” is read into {column}, as in the latest import. Earlier imports read it into {others:list}. "
    "Set {option[mappings]} if that is wrong.",
)
MAPPED_ELSEWHERE = Sentence(
    "mapped_elsewhere",
    "“{header}” is read into {column}, as the mapping says. Earlier imports read it into {others:list}.",
)
HEADER_DIFFERS = Sentence(
    "header_differs",
    "“{header}” is read into {column}, which earlier files called {earlier:list}. "
    "Set {option[mappings]} if it is another column.",
)
UNCLEAR_COLUMNS_ADDED = Sentence(
    "unclear_columns_added",
    "Added as new columns, because it is unclear which column of the table is meant: {columns:noted}. "
    "Set {option[mappings]} if that is wrong.",
)
UNCLEAR_COLUMNS_NOT_IMPORTED = Sentence(
    "unclear_columns_not_imported",
    "Not imported, because it is unclear which column of the table is meant: {columns:noted}. "
    "Set {option[mappings]} to import them.",
)
INVALID_VALUES = Sentence(
    "invalid_values",
    f"{{column}}: {{invalid:,}} of {{values:,}} non-empty values cannot be read as {{type:select {_VALUE_NAMES}}}.",
)
AMBIGUOUS_DATE_ORDER = Sentence(
    "ambiguous_date_order",
    f"{{column}}: dates are ambiguous; read as {{taken:select {_DATE_ORDERS}}}. "
    "Change {option[date_order]} if that is wrong.",
)
AMBIGUOUS_COMMA = Sentence(
    "ambiguous_comma",
    "{column}: the comma in numbers is ambiguous; read as {taken:select ,=decimal separator|.=thousands separator}. "
    "Change {option[decimal]} if that is wrong.",
)
AMBIGUOUS_POINT = Sentence(
    "ambiguous_point",
    "{column}: the dot in numbers is ambiguous; read as {taken:select .=decimal separator|,=thousands separator}. "
    "Change {option[decimal]} if that is wrong.",
)
AMBIGUOUS_LIST = Sentence(
    "ambiguous_list",
    "{column}: “{value}” may be a list; read as a number with thousands separators. "
    "Set {option[db_schema]} to Text if that is wrong.",
)
_NEARLY_ALL = (
    f"{{fits:,}} of {{values:,}} non-empty values are {{type:select {_VALUE_NAMES}}}, but not "
    "{misfits:quoted}{more:more}."
)
NEAR_MISS_VALUES = Sentence("near_miss_values", _NEARLY_ALL)
NEAR_MISS = Sentence(
    "near_miss",
    f"{{column}} is text: {_NEARLY_ALL} Change "
    "{option[db_schema]} to import these and leave {others:counted other cell} empty.",
)
LIST_IN_NUMBERS = Sentence(
    "list_in_numbers",
    "{column}: “{value}” may be a list; the column holds numbers, so it was read as a number with separators.",
)
AMBIGUOUS_DURATION = Sentence(
    "ambiguous_duration",
    "{column}: “{value}” may be a duration in minutes and seconds; read as a time of day. "
    "Set {option[db_schema]} to Text if that is wrong.",
)
DURATION_IN_TIMES = Sentence(
    "duration_in_times",
    "{column}: “{value}” may be a duration in minutes and seconds; the column holds times of day, so it was read as "
    "one.",
)

LEADING_ZEROS = Sentence(
    "leading_zeros",
    "{column}: {values:,} values have leading zeros, such as “{example}”. The column holds numbers, so the zeros are "
    "only in the corrections. Import the file into another table to keep them.",
)
CURRENCIES_REMOVED = Sentence(
    "currencies_removed",
    "{column}: amounts in several currencies ({currencies:list}) were imported as numbers. The currencies are only in "
    "the corrections.",
)
OTHER_CURRENCY = Sentence(
    "other_currency",
    "{column}: amounts are in {currency}, but those of earlier imports are in {before:list}. No amount was converted.",
)
EXPONENT_AMONG_NUMBERS = Sentence(
    "exponent_among_numbers",
    "{column} was imported as text, because values such as “{value}” may be codes. Set {option[db_schema]} to a number "
    "type to import all its values as numbers.",
)
AMOUNTS_OR_CODES = Sentence(
    "amounts_or_codes",
    "{column}: “{value}” was read as an amount in {currency}. Set {option[db_schema]} to Text if it is a code.",
)
DASHES_ARE_EMPTY = Sentence(
    "dashes_are_empty",
    "{column}: {values:,} dashes were imported as empty cells. In accounts a dash may mean 0: write 0 in the file if "
    "it does.",
)
NO_VALUES_BEFORE = Sentence(
    "no_values_before",
    "{columns:list}: imported as text, because earlier imports had no values there. To import numbers or dates, undo "
    "those imports and import this file first.",
)
DATES_IN_FUTURE = Sentence(
    "dates_in_future",
    "{column}: two-digit years are read as {first} to {last}; {later:,} of {dates:,} dates lie in the future. "
    "Change {option[pivot_year]} if that is wrong.",
)
NOT_IN_DATE_ORDER = Sentence(
    "not_in_date_order",
    f"{{column}}: {{invalid:,}} of {{values:,}} dates are not in the order that you set "
    f"({{order:select {_DATE_ORDERS}}}). Their cells are left empty.",
)
NO_DATE_IN_ORDER = Sentence(
    "no_date_in_order",
    f"{{column}}: none of {{values:,}} dates is in the order that you set ({{order:select {_DATE_ORDERS}}}). They are "
    "imported as text.",
)
NOT_WITH_MARKS = Sentence(
    "not_with_marks",
    "{column}: {invalid:,} of {values:,} numbers do not have the separators that you set. Their cells are left empty.",
)
NO_NUMBER_WITH_MARKS = Sentence(
    "no_number_with_marks",
    "{column}: none of {values:,} numbers has the separators that you set. They are imported as text.",
)
END_OF_DAY = Sentence(
    "end_of_day",
    "{column}: 24:00 (the end of the day) is stored as 00:00:00 in {count:counted row}.",
)

# --- evidence: why a column is read as it is

NEIGHBOUR_DECIMAL = Sentence(
    "neighbour_decimal", "Column “{column}” has a {value:select ,=comma|.=dot} as decimal separator."
)
NEIGHBOUR_THOUSANDS = Sentence(
    "neighbour_thousands", f"Column “{{column}}” has a {{value:select {_MARKS}}} as thousands separator."
)
NEIGHBOUR_DATE_ORDER = Sentence(
    "neighbour_date_order", f"Column “{{column}}” has dates as {{value:select {_DATE_ORDERS}}}."
)
SEMICOLONS = Sentence("semicolons", "The delimiter is a semicolon, as is usual with decimal commas.")
EARLIER_DECIMAL = Sentence(
    "earlier_decimal",
    "In earlier imports of the table, column “{column}” had a {value:select ,=comma|.=dot} as decimal separator.",
)
EARLIER_THOUSANDS = Sentence(
    "earlier_thousands",
    f"In earlier imports of the table, column “{{column}}” had a {{value:select {_MARKS}}} as thousands separator.",
)
EARLIER_DATE_ORDER = Sentence(
    "earlier_date_order",
    f"In earlier imports of the table, column “{{column}}” had dates as {{value:select {_DATE_ORDERS}}}.",
)
FITS_TYPE = Sentence(
    "fits_type",
    f"The type of the column is {{type:select {_TYPE_NAMES}}}; the values have that type only if read this way.",
)
COORDINATES = Sentence("coordinates", "The header suggests coordinates, which are below 1,000.")
SHORT_WITHOUT_SEPARATOR = Sentence(
    "short_without_separator",
    "All values without a separator are below 1,000, as is usual if it separates thousands.",
)
LONG_WITHOUT_SEPARATOR = Sentence(
    "long_without_separator",
    "Some values of 1,000 or more have no separator, as is usual if it separates decimals.",
)

CENTURY = Sentence("century", "Two-digit years are read as {first} to {last}.")
YEARS_IN_ORDER = Sentence("years_in_order", f"As {{order:select {_DATE_ORDERS}}}, the years are {{first}} to {{last}}.")
VERSION_HEADER = Sentence(
    "version_header",
    "Read as text: the header names versions or sections, whose numbers may look like dates or decimals.",
)
SCORE_HEADER = Sentence(
    "score_header", "Read as text: the header names scores or ratios, which may look like times of day."
)
GROUPS_OF_CODES = Sentence(
    "groups_of_codes",
    "Read as text: digits in equal groups may be codes, such as telephone numbers.",
)

# --- why a file, a mapping and a table do not go together

KEYS_NOT_IN_FILE = Sentence("keys_not_in_file", "Not in this file, left empty: {headers:list}.")
NO_SUCH_COLUMN = Sentence("no_such_column", "Column “{header}” not found in the file.{nearest:suggestion}")
KEY_NOT_IMPORTED = Sentence(
    "key_not_imported", "{option[unique_columns]}: column “{name}” is not imported.{nearest:suggestion}"
)
COLUMNS_UNCLEAR = Sentence(
    "columns_unclear",
    "It is unclear which columns of the table are meant by these of the file: {columns:noted}. Name the column of each "
    "in {option[mappings]}, or set {option[strategy]} to extend_table to add new columns.",
)
TABLE_EXISTS = Sentence(
    "table_exists", "Table “{table}” already exists. Choose another name, or change {option[strategy]}."
)
NO_COLUMN_IN_TABLE = Sentence(
    "no_column_in_table",
    "Table “{table}” has none of the file's columns. Map them to its columns, or choose another table.",
)
GENERATED_COLUMNS = Sentence(
    "generated_columns",
    "The database itself makes the values of {columns:list} in table “{table}” (GENERATED ALWAYS); a file cannot fill "
    "them. Leave them out: clear their check boxes in the preview, or name only the other columns in “mappings”.",
)
COLUMNS_DIFFER = Sentence(
    "columns_differ",
    "The file and the table must have the same columns. Only in the file: {new:list}. Only in the table: "
    "{absent:list}. Change {option[strategy]} to import the file anyway.",
)
NEEDS_TABLE = Sentence(
    "needs_table",
    "There is no table of that name to add rows to. Choose an existing table, or change {option[strategy]}.",
)
MOSTLY_INVALID = Sentence(
    "mostly_invalid",
    f"{{column}}: {{invalid:,}} of {{values:,}} non-empty values cannot be read as {{type:select {_VALUE_NAMES}}}. "
    "Map it to another column, choose another table, or set {option[adapt_data]}.",
)

# --- reasons for a strategy

NO_TABLE_YET = Sentence("no_table_yet", "There was no table of this name.")
ASKED_FOR = Sentence("asked_for", "Selected in the settings.")
NEW_COLUMNS = Sentence("new_columns", "New columns: {columns:list}.")
VALUES_DO_NOT_FIT = Sentence("values_do_not_fit", "Some values do not match the column type: {columns:list}.")
COLUMNS_ABSENT = Sentence("columns_absent", "Missing in the file (left empty): {columns:list}.")
EVERYTHING_FITS = Sentence("everything_fits", "All columns and values match.")
