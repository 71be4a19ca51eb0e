"""What the API of imports says of a request, and of what came of it."""

from core.messages import Sentence

NO_IMPORT_WITH_ID = Sentence("no_import_with_id", "There is no import with that id.")
NO_TASK_WITH_ID = Sentence("no_task_with_id", "There is no task with that id.")
NOT_AN_ANALYSIS_ID = Sentence("not_an_analysis_id", "analysis_id is not the id of an analysis.")
NO_FILE_SENT = Sentence("no_file_sent", 'Send the file in the field "file" of a multipart form.')

# --- bodies with records

NO_RECORDS_KEY = Sentence(
    "no_records_key", 'The body has no "records". Send {{"records": [{{…}}, …], "mapping": {{…}}}}.'
)
NO_RECORDS_SENT = Sentence("no_records_sent", '"records" is empty. Send at least one record.')
MAPPING_NOT_AN_OBJECT = Sentence("mapping_not_an_object", '"mapping" must be an object.')
BODY_NOT_UTF_8 = Sentence("body_not_utf_8", "The body is not UTF-8 text: byte {byte} is not part of a character.")
BODY_TOO_DEEP_OR_LONG = Sentence("body_too_deep_or_long", "The body is nested too deep, or a record is too long.")
BODY_NUMBER_TOO_LONG = Sentence("body_number_too_long", "The body holds a number that is too long.")

_NOT_JSON = "The body is not the JSON it should be, line {line}: "
BODY_NOT_JSON = Sentence("body_not_json", f"{_NOT_JSON}{{fault:message}}.")
# key: as JSON writes it, without its quotes
BODY_KEY_TWICE = Sentence("body_key_twice", f'{_NOT_JSON}it names "{{key}}" twice.')
KEY_TWICE_IN_VALUE = Sentence("key_twice_in_value", f'{_NOT_JSON}"{{key}}" names a key twice.')
BODY_GOES_ON = Sentence("body_goes_on", f"{_NOT_JSON}something follows the object.")

# --- what came of an import

RECORDS_IMPORTED = Sentence(
    "records_imported",
    "{inserted:,} of {records:,} records are now in {table}: {duplicates:,} duplicates, {rejected:,} rejected, "
    "{filtered:,} filtered.",
)
