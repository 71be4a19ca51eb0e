"""Messages about values and types of columns."""

from core.messages import Sentence

# --- values that do not convert; `value` is added where errors are counted

NOT_A_BOOLEAN = Sentence("not_a_boolean", "Value '{value}' is not a valid yes/no value")
NOT_AN_INTEGER = Sentence("not_an_integer", "Value '{value}' is not a valid integer")
NOT_A_NUMBER = Sentence("not_a_number", "Value '{value}' is not a valid number")
NOT_A_DATE = Sentence("not_a_date", "Value '{value}' is not a valid date")
NOT_A_TIME = Sentence("not_a_time", "Value '{value}' is not a valid time")
NOT_A_DATE_AND_TIME = Sentence("not_a_date_and_time", "Value '{value}' is not a valid date and time")
NOT_A_DATE_AND_TIME_WITH_ZONE = Sentence(
    "not_a_date_and_time_with_zone", "Value '{value}' is not a valid date and time with time zone"
)
NOT_A_UUID = Sentence("not_a_uuid", "Value '{value}' is not a valid UUID")
NOT_JSON = Sentence("not_json", "Value '{value}' is not a valid JSON object or array")
NOT_TEXT = Sentence("not_text", "Value '{value}' is not a valid text")
OUT_OF_RANGE = Sentence("out_of_range", "Value '{value}' is out of range for {type}")
TOO_MANY_DIGITS = Sentence("too_many_digits", "Value '{value}' has too many digits for {type}")
TOO_LONG = Sentence("too_long", "Value '{value}' is too long for {type}")
NUL_CHARACTER = Sentence("nul_character", "Value '{value}' contains a NUL character")

# --- types requested for a column

UNKNOWN_SQL_TYPE = Sentence("unknown_sql_type", "SQL type “{type}” is not supported for columns.")
MISSPELT_SQL_TYPE = Sentence(
    "misspelt_sql_type", "SQL type “{type}” is not supported for columns. Did you mean {nearest}?"
)
SIZE_NOT_ALLOWED = Sentence(
    "size_not_allowed", "SQL type “{type}” cannot have that size. Use {without_size} without a size."
)

# --- date formats, inside the sentence that names the format

UNKNOWN_DIRECTIVE = Sentence("unknown_directive", "%{directive} is not supported in a date format; use {directives}")
UNKNOWN_FORMAT_NAME = Sentence(
    "unknown_format_name", "no format has that name; use {names:or}, or directives such as %d/%m/%Y"
)
DIRECTIVE_TWICE = Sentence("directive_twice", "%{directive} is repeated")
PART_TWICE = Sentence("part_twice", "it has the {part} twice; use one of {directives:or}")
HOUR_TWICE = Sentence("hour_twice", "it has the hour twice; use one of %H, or %I and %p")
PART_MISSING = Sentence("part_missing", "it has the {part} but not the {missing}; add {directives:or}")
HOUR_MISSING = Sentence("hour_missing", "it has the {part} but not the hour; add %H, or %I and %p")
NEITHER_DATE_NOR_TIME = Sentence(
    "neither_date_nor_time",
    "it has neither a date (year, month and day) nor a time (hour and minute)",
)
