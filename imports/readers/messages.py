"""What is said of files and records while they are read."""

from core.messages import Sentence

# --- of records

UNCLOSED_QUOTES = Sentence("unclosed_quotes", "{location} has quotes that do not match up")
FIELD_COUNT = Sentence("field_count", "{location} has {found:counted field}, the header has {expected}")
EMPTY_FIELDS_BEYOND_HEADER = Sentence(
    "empty_fields_beyond_header",
    "{location} has {found:counted field}, the header has {expected}; those that are too many are empty",
)
OTHER_DELIMITER = Sentence(
    "other_delimiter", "{location} has another delimiter than the file; it was divided at {delimiter!r}"
)
UNDOUBLED_QUOTES = Sentence(
    "undoubled_quotes", "{location} has quotes that are not doubled or not closed; they were read as text"
)
REPEATED_HEADER = Sentence("repeated_header", "{location} repeats the header")
NOT_UNICODE = Sentence("not_unicode", "{location} holds text that is not Unicode")
NOT_IN_ENCODING = Sentence("not_in_encoding", "{location} holds bytes that are not {encoding} text")
KEY_TWICE = Sentence("key_twice", "{location} names a key twice")
NOT_JSON_LINE = Sentence("not_json_line", "{location} is not JSON")
NOT_AN_OBJECT = Sentence("not_an_object", "{location} is not an object with named fields")
LIST_LENGTH = Sentence("list_length", "{location} has {found} values, the first has {expected}")

# --- of cells of a workbook

ERROR_CELL = Sentence("error_cell", "cell {cell} holds {error}")
FORMULA_WITHOUT_RESULT = Sentence("formula_without_result", "cell {cell} holds a formula without its result")
