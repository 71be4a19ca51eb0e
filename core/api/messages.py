"""Messages of the whole API: errors in requests."""

from core.messages import Sentence

UNEXPECTED = Sentence("unexpected", "Internal error. Contact your administrator: the server log has the details.")
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
UNKNOWN_PARAMETER = Sentence(
    "unknown_parameter", "Unknown query parameter “{parameter}”.{nearest:suggestion} This address takes: {known:all}."
)
UNKNOWN_FORM_FIELD = Sentence(
    "unknown_form_field", "Unknown form field “{parameter}”. The closest known field is “{nearest}”."
)
FORM_TOO_LARGE = Sentence(
    "form_too_large",
    "The request body exceeds the limit of {limit_bytes:,} bytes of this address, which takes no file. Nothing was "
    "changed. Files go to /map-data, or to the page Upload.",
)
BODY_OF_UNKNOWN_SENDER = Sentence(
    "body_of_unknown_sender",
    "The request body exceeds {limit_bytes:,} bytes, the limit without a valid token or session. Send it with "
    "“Authorization: Token …”, or sign in again.",
)
NO_CREDENTIALS = Sentence(
    "no_credentials",
    "This address needs a user. Send the header “Authorization: Token …” with an API token, or sign in at /ui/sign-in.",
)
PERMISSION_MISSING = Sentence(
    "permission_missing",
    "Your account does not have the permission for this. Ask an administrator to add you to the group importer (import "
    "files and undo imports) or auditor (read-only access).",
)
METHOD_NOT_TAKEN = Sentence("method_not_taken", "This address does not take {method}. It takes: {taken:all}.")
CONTENT_TYPE_NOT_TAKEN = Sentence(
    "content_type_not_taken", "This address takes no body of the type “{content_type}”. It takes: {taken:all}."
)
ACCEPT_NOT_SERVED = Sentence(
    "accept_not_served", "This address has no response of a type in the header Accept. It has: {served:all}."
)
NO_SUCH_ADDRESS = Sentence("no_such_address", "This address does not exist. All addresses of the API are in /docs.")
BODY_TOO_DEEP = Sentence("body_too_deep", "The JSON of the request is nested too deeply. Send it with fewer levels.")
