"""What is said of values and types of columns."""

from core.messages import Sentence

# Of values that do not convert; `value` is added where they are counted.
NOT_A_BOOLEAN = Sentence("not_a_boolean", "Value '{value}' is not a valid boolean")
NOT_AN_INTEGER = Sentence("not_an_integer", "Value '{value}' is not a valid integer")
NOT_A_NUMBER = Sentence("not_a_number", "Value '{value}' is not a valid number")
NOT_A_DATE = Sentence("not_a_date", "Value '{value}' is not a valid date")
NOT_A_TIME = Sentence("not_a_time", "Value '{value}' is not a valid time of day")
NOT_A_DATE_AND_TIME = Sentence("not_a_date_and_time", "Value '{value}' is not a valid date and time")
NOT_A_DATE_AND_TIME_WITH_ZONE = Sentence(
    "not_a_date_and_time_with_zone", "Value '{value}' is not a valid date and time with a zone"
)
NOT_A_UUID = Sentence("not_a_uuid", "Value '{value}' is not a valid UUID")
NOT_JSON = Sentence("not_json", "Value '{value}' is not a valid JSON object or array")
NOT_TEXT = Sentence("not_text", "Value '{value}' is not a valid text")
OUT_OF_RANGE = Sentence("out_of_range", "Value '{value}' is out of range for {type}")
TOO_MANY_DIGITS = Sentence("too_many_digits", "Value '{value}' does not fit into {type}")
TOO_LONG = Sentence("too_long", "Value '{value}' is longer than {type}")
NUL_CHARACTER = Sentence("nul_character", "Value '{value}' has a NUL character")

# --- of types that a column was asked to have

UNKNOWN_SQL_TYPE = Sentence("unknown_sql_type", "{type!r} is not one of the SQL types a column may have.")
MISSPELT_SQL_TYPE = Sentence(
    "misspelt_sql_type", "{type!r} is not one of the SQL types a column may have. Did you mean {nearest}?"
)
SIZE_NOT_ALLOWED = Sentence(
    "size_not_allowed", "The SQL type {type!r} cannot have that size. Use {without_size} without one."
)

# --- of date formats, inside the sentence that names the format

UNKNOWN_DIRECTIVE = Sentence("unknown_directive", "%{directive} is not supported in a date format; use {directives}")
DIRECTIVE_TWICE = Sentence("directive_twice", "%{directive} stands in it twice")
PART_TWICE = Sentence("part_twice", "it names the {part} twice; use one of {directives:or}")
HOUR_TWICE = Sentence("hour_twice", "it names the hour twice; use one of %H, or %I and %p")
PART_MISSING = Sentence("part_missing", "it names the {part} but not the {missing}; add {directives:or}")
HOUR_MISSING = Sentence("hour_missing", "it names the {part} but not the hour; add %H, or %I and %p")
NEITHER_DATE_NOR_TIME = Sentence(
    "neither_date_nor_time",
    "it names neither a date (year, month and day) nor a time (hour and minute)",
)
