"""What every endpoint of the API says of a request that it cannot take."""

from core.messages import Sentence

UNREADABLE_REQUEST = Sentence("unreadable_request", "The request cannot be read.")
BODY_TOO_LARGE = Sentence(
    "body_too_large",
    "The body of the request is larger than {limit_bytes:,} bytes, which is the limit here. More records than that go "
    "into a file: upload it to /map-data as multipart/form-data.",
)
PARAMETER_NOT_A_WHOLE_NUMBER = Sentence(
    "parameter_not_a_whole_number", "{parameter} must be a whole number from {least} to {most}."
)
PARAMETER_NOT_TRUE_OR_FALSE = Sentence("parameter_not_true_or_false", "{parameter} must be true or false.")
