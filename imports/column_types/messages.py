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
