"""Messages about mappings and about the results of their rules."""

from core.messages import Sentence

# --- values on which a rule failed; `value` is added where errors are counted

TOO_MANY_PARTS = Sentence("too_many_parts", "Value '{value}' has more parts than {rule} has targets ({targets})")

# --- reasons why a row was filtered out

FILTERED_VALUE = Sentence("filtered_value", "Filtered out by {filter} ({condition}): the value is “{value}”.")
FILTERED_WITHOUT_VALUE = Sentence(
    "filtered_without_value", "Filtered out by {filter} ({condition}): the value is empty."
)

# --- types of values in a mapping

INVALID_JSON = Sentence("invalid_json", "{key}: invalid JSON (line {line}, character {character}): {fault:message}.")
JSON_NOT_READABLE = Sentence("json_not_readable", "{key} is not valid UTF-8, or is nested too deeply.")
MAPPING_TOO_LONG = Sentence(
    "mapping_too_long", "{key} has {bytes:,} bytes. The limit is {limit:,}. Leave out what the import does not need."
)
TOO_MANY_NAMES = Sentence(
    "too_many_names", "The mapping has {names:,} keys and strings. The limit is {limit:,}. Shorten its lists."
)
TOO_MANY_RULES = Sentence(
    "too_many_rules", "The mapping has {rules:counted rule}. The limit is {limit:,}. Leave some out, or combine them."
)
NAME_TOO_LONG = Sentence(
    "name_too_long",
    "{key}: this name has {length:,} characters. The limit is {limit:,}. Shorten it. For a longer column header in the "
    "file, use the shortened one that the preview shows.",
)
NOT_A_JSON_NUMBER = Sentence("not_a_json_number", "{key}: invalid JSON number ({found}).")
MAPPING_KEY_TWICE = Sentence("mapping_key_twice", "Duplicate key “{name}” in an object of the mapping. Remove one.")
UNKNOWN_KEY = Sentence("unknown_key", "{place}: unknown key “{key}”. The closest known key is “{nearest}”.")
KEY_NOT_TEXT = Sentence("key_not_text", "Keys of {place} must be strings.")
KEY_OF_MAPPING_NOT_TEXT = Sentence("key_of_mapping_not_text", "Keys of the mapping must be strings.")
UNSTORABLE_KEY = Sentence(
    "unstorable_key",
    "A key of {place} contains a character that cannot be stored: NUL or half of a surrogate pair.",
)
UNSTORABLE_KEY_OF_MAPPING = Sentence(
    "unstorable_key_of_mapping",
    "A key of the mapping contains a character that cannot be stored: NUL or half of a surrogate pair.",
)
UNSTORABLE_CHARACTER = Sentence(
    "unstorable_character", "{key} contains a character that cannot be stored: NUL or half of a surrogate pair."
)
NUMBER_TOO_LARGE = Sentence("number_too_large", "{key} is a number too large to store.")
OBJECT_EXPECTED = Sentence("object_expected", "{key} must be a JSON object.")
LIST_EXPECTED = Sentence("list_expected", "{key} must be a list.")
TEXTS_EXPECTED = Sentence("texts_expected", "{key} must be a list of strings.")
TEXT_EXPECTED = Sentence("text_expected", "{key} must be a string.")
FLAG_EXPECTED = Sentence("flag_expected", "{key} must be true or false.")
COUNT_EXPECTED = Sentence("count_expected", "{key} must be a whole number, 0 or greater.")

# --- options

VALUE_NOT_ALLOWED = Sentence("value_not_allowed", "{name:option} must be one of {allowed:all}.")
MAX_ERRORS_EXPECTED = Sentence(
    "max_errors_expected",
    "{option[max_errors]} must be a whole number, 0 or greater, or an object with count, share and minimum.",
)
HEADER_ROW_EXPECTED = Sentence(
    "header_row_expected", "{option[header_row]} must be a whole number, 0 or greater (0 = no header)."
)
PIVOT_YEAR_EXPECTED = Sentence(
    "pivot_year_expected",
    "{option[pivot_year]} must be a whole number from 0 to 100: two-digit years from it on are 19xx, the others 20xx.",
)
NUMBER_MARKS_EXPECTED = Sentence(
    "number_marks_expected", "{option[decimal]} must be . or , and {option[thousands]} one of , . ' or a space."
)
SAME_NUMBER_MARKS = Sentence(
    "same_number_marks", "{option[decimal]} and {option[thousands]} must differ. Change one of them."
)
KEYS_DIFFER = Sentence(
    "keys_differ", "{option[unique_columns]} and duplicate_check.uniqueness_columns differ. Remove one of them."
)

# --- targets and formats

RESERVED_COLUMN_NAME = Sentence(
    "reserved_column_name",
    "The column name “{name}” is reserved: id, names that start with _ and PostgreSQL's system columns cannot be used. "
    "Choose another name.",
)
SAME_TARGET_COLUMN = Sentence("same_target_column", "{key} has two targets with the same column name “{column}”.")
INVALID_DATE_FORMAT = Sentence(
    "invalid_date_format", "Invalid {key} “{format}” for “{field}” in datetime_transformations: {why:message}."
)

# --- rules

NO_COLUMN_FOR_RULE = Sentence(
    "no_column_for_rule",
    "{rule}: column “{name}” is neither in the file nor created by an earlier rule.{nearest:suggestion}",
)
UNKNOWN_RULE_TYPE = Sentence("unknown_rule_type", "{rule}.type must be one of {types:all}.{nearest:suggestion}")
UNKNOWN_OPERATOR = Sentence("unknown_operator", "{rule}.operator must be one of {operators:all}.")
TARGET_TWICE = Sentence("target_twice", "{rule} has a duplicate target.")
EMPTY_SEPARATOR = Sentence("empty_separator", "{rule}.separator must not be empty.")
TEXT_OF_RULE_TOO_LONG = Sentence("text_of_rule_too_long", "{key} is too long. The limit is {limit:,} characters.")
NO_COLUMN_NAMED = Sentence("no_column_named", "{key} must name at least one column.")
NO_LIST_FOR_OPERATOR = Sentence(
    "no_list_for_operator", "{rule}.value must be a list of strings or numbers for the operator {operator}."
)
INVALID_PATTERN = Sentence(
    "invalid_pattern",
    "{rule}: {error}. Patterns use the RE2 syntax: no lookahead, lookbehind or backreferences. "
    r"In a replacement, \1 is the first group and \\ a backslash.",
)
RULE_TOO_SLOW = Sentence(
    "rule_too_slow",
    "{rule} took more than {limit_seconds:g} s for {records:counted row}. Nothing was imported. Simplify its pattern.",
)
RULE_RESULT_TOO_LARGE = Sentence(
    "rule_result_too_large",
    "{rule} needs more than {limit_megabytes:,} MB of memory for row {record}. Nothing was imported. Leave the rule "
    "out, or shorten its replacement, separator or value.",
)
RULES_MAKE_TOO_MUCH = Sentence(
    "rules_make_too_much",
    "The rules make more than {limit_megabytes:,} MB of values from the first {record:counted row} of the file. "
    "Nothing was imported. Use fewer rules or shorter texts, or divide the file. Your administrator can raise the "
    "limit: ATLAS_RULE_OUTPUT_BYTES, ATLAS_RULE_OUTPUT_RATIO.",
)
