"""What is said of mappings and of what their rules make."""

from core.messages import Sentence

# --- of values on which a rule failed; `value` is added where they are counted

TOO_MANY_PARTS = Sentence("too_many_parts", "Value '{value}' has more parts than the {targets} targets of {rule}")

# --- why a record was left out

FILTERED_VALUE = Sentence("filtered_value", "Left out by {filter}, {condition}: the value is '{value}'.")
FILTERED_WITHOUT_VALUE = Sentence("filtered_without_value", "Left out by {filter}, {condition}: there is no value.")

# --- of the kinds of a mapping's values

INVALID_JSON = Sentence("invalid_json", "{key} is not valid JSON: {error}.")
NOT_A_JSON_NUMBER = Sentence("not_a_json_number", "{key} is not valid JSON: {found} is no number of JSON.")
MAPPING_KEY_TWICE = Sentence(
    "mapping_key_twice", "The mapping names the key {name!r} twice in one object. Keep one of them."
)
UNKNOWN_KEY = Sentence("unknown_key", "{place} has an unknown key {key!r}. The nearest known one is {nearest!r}.")
KEY_NOT_TEXT = Sentence("key_not_text", "A key of {place} must be a text.")
KEY_OF_MAPPING_NOT_TEXT = Sentence("key_of_mapping_not_text", "A key of the mapping must be a text.")
UNSTORABLE_KEY = Sentence(
    "unstorable_key",
    "A key of {place} has a character that cannot be stored: NUL or half of a surrogate pair.",
)
UNSTORABLE_KEY_OF_MAPPING = Sentence(
    "unstorable_key_of_mapping",
    "A key of the mapping has a character that cannot be stored: NUL or half of a surrogate pair.",
)
UNSTORABLE_CHARACTER = Sentence(
    "unstorable_character", "{key} has a character that cannot be stored: NUL or half of a surrogate pair."
)
NUMBER_TOO_LARGE = Sentence("number_too_large", "{key} is a number too large to be stored.")
OBJECT_EXPECTED = Sentence("object_expected", "{key} must be a JSON object.")
LIST_EXPECTED = Sentence("list_expected", "{key} must be a list.")
TEXTS_EXPECTED = Sentence("texts_expected", "{key} must be a list of texts.")
TEXT_EXPECTED = Sentence("text_expected", "{key} must be a text.")
FLAG_EXPECTED = Sentence("flag_expected", "{key} must be true or false.")
COUNT_EXPECTED = Sentence("count_expected", "{key} must be a number from 0 on.")

# --- of options

VALUE_NOT_ALLOWED = Sentence("value_not_allowed", "{name:option} must be one of {allowed:all}.")
MAX_ERRORS_EXPECTED = Sentence(
    "max_errors_expected",
    "{option[max_errors]} must be a number from 0 on, or an object of count, share and minimum.",
)
HEADER_ROW_EXPECTED = Sentence(
    "header_row_expected", "{option[header_row]} must be a number from 0 on; 0 means no header."
)
NUMBER_MARKS_EXPECTED = Sentence(
    "number_marks_expected", "{option[decimal]} is . or , and thousands one of , . ' or a space."
)
SAME_NUMBER_MARKS = Sentence(
    "same_number_marks", "{option[decimal]} and thousands are the same sign. Choose another for one of them."
)
KEYS_DIFFER = Sentence(
    "keys_differ", "{option[unique_columns]} and duplicate_check.uniqueness_columns differ. Give one of them."
)

# --- of targets and formats

RESERVED_COLUMN_NAME = Sentence(
    "reserved_column_name",
    "A column cannot be called {name!r}: id, names that start with _ and PostgreSQL's system columns are taken. "
    "Choose another target.",
)
SAME_TARGET_COLUMN = Sentence("same_target_column", "{key} has two targets that come to the same column {column!r}.")
INVALID_DATE_FORMAT = Sentence(
    "invalid_date_format", "{key} {format!r} of {field!r} in datetime_transformations: {why:message}."
)

# --- of rules

NO_COLUMN_FOR_RULE = Sentence(
    "no_column_for_rule",
    "{rule}: neither the file nor an earlier rule has a column {name!r}.{nearest:suggestion}",
)
UNKNOWN_RULE_TYPE = Sentence("unknown_rule_type", "{rule}.type must be one of {types:all}.{nearest:suggestion}")
UNKNOWN_OPERATOR = Sentence("unknown_operator", "{rule}.operator must be one of {operators:all}.")
TARGET_TWICE = Sentence("target_twice", "{rule} has a target twice.")
EMPTY_SEPARATOR = Sentence("empty_separator", "{rule}.separator must not be empty.")
TEXT_OF_RULE_TOO_LONG = Sentence("text_of_rule_too_long", "{key} is longer than {limit:,} characters.")
NO_COLUMN_NAMED = Sentence("no_column_named", "{key} must name at least one column.")
NO_LIST_FOR_OPERATOR = Sentence(
    "no_list_for_operator", "{rule}.value must be a list of texts or numbers for {operator}."
)
INVALID_PATTERN = Sentence(
    "invalid_pattern",
    "{rule}: {error}. Patterns are RE2, which takes linear time: it has no lookahead, no lookbehind and no "
    r"backreference; a replacement names groups as \1, and a backslash as \\.",
)
RULE_TOO_SLOW = Sentence(
    "rule_too_slow",
    "{rule} took more than {limit_seconds:g} s for a batch of {records:,} records. Nothing was loaded. "
    "Make its pattern simpler.",
)
RULE_RESULT_TOO_LARGE = Sentence(
    "rule_result_too_large",
    "{rule} makes more than {limit_megabytes} MB of one batch of records. Nothing was loaded.",
)
