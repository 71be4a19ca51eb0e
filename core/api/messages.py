"""Messages of the whole API: errors in requests."""

from core.messages import Sentence

UNREADABLE_REQUEST = Sentence(
    "unreadable_request", "The request is malformed. Check its headers, form fields and body."
)
BODY_TOO_LARGE = Sentence(
    "body_too_large",
    "The request body exceeds the limit of {limit_bytes:,} bytes. To import more records, upload them as a file to "
    "/map-data (multipart/form-data).",
)
PARAMETER_NOT_A_WHOLE_NUMBER = Sentence(
    "parameter_not_a_whole_number", "{parameter} must be a whole number from {least} to {most}."
)
PARAMETER_NOT_TRUE_OR_FALSE = Sentence("parameter_not_true_or_false", "{parameter} must be true or false.")
UNKNOWN_FORM_FIELD = Sentence(
    "unknown_form_field", "Unknown form field “{parameter}”. The closest known field is “{nearest}”."
)
