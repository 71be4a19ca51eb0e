"""Messages of the imports API: errors in requests."""

from core.messages import Sentence

NO_IMPORT_WITH_ID = Sentence("no_import_with_id", "Import not found.")
NO_TASK_WITH_ID = Sentence("no_task_with_id", "Task not found.")
NOT_AN_ANALYSIS_ID = Sentence("not_an_analysis_id", "analysis_id must be an id returned by /detect-mapping.")
NOT_TRUE_OR_FALSE = Sentence("not_true_or_false", "{parameter} must be true or false.")
JSON_BODY_EXPECTED = Sentence("json_body_expected", "Send the changes as JSON, with Content-Type: application/json.")
NO_RIGHT_TO_READ = Sentence(
    "no_right_to_read", "Your account may not read files of imports. Send a file of your own instead of import_id."
)
NO_FILE_SENT = Sentence("no_file_sent", 'No file in the request. Send it in the field "file" as multipart/form-data.')

# --- request bodies with records

NO_RECORDS_KEY = Sentence(
    "no_records_key", 'The request body has no "records". Send {{"records": [{{…}}, …], "mapping": {{…}}}}.'
)
NO_RECORDS_SENT = Sentence("no_records_sent", '"records" is empty. Send at least one record.')
MAPPING_NOT_AN_OBJECT = Sentence("mapping_not_an_object", '"mapping" must be a JSON object.')
BODY_NOT_UTF_8 = Sentence(
    "body_not_utf_8", "The request body is not valid UTF-8 (at byte {byte}). Send JSON encoded as UTF-8."
)
BODY_TOO_DEEP_OR_LONG = Sentence(
    "body_too_deep_or_long", "The request body is nested too deeply, or a record is too long."
)
BODY_NUMBER_TOO_LONG = Sentence("body_number_too_long", "The request body contains a number with too many digits.")

_NOT_JSON = "Invalid JSON in the request body, line {line}: "
BODY_NOT_JSON = Sentence("body_not_json", f"{_NOT_JSON}{{fault:message}}.")
# key: as JSON writes it, without its quotes
BODY_KEY_TWICE = Sentence("body_key_twice", f'{_NOT_JSON}duplicate key "{{key}}".')
KEY_TWICE_IN_VALUE = Sentence("key_twice_in_value", f'{_NOT_JSON}duplicate key in "{{key}}".')
BODY_GOES_ON = Sentence("body_goes_on", f"{_NOT_JSON}unexpected content after the object.")

# --- results of imports

PARTS_IMPORTED = Sentence(
    "parts_imported", "{done:,} of {parts:,} sheets or files imported, each into its own table; {refused:,} refused."
)
PARTS_QUEUED = Sentence(
    "parts_queued", "{done:,} of {parts:,} sheets or files queued, each into its own table; {refused:,} refused."
)
