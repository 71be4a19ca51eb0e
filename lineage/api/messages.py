"""What is said of requests to the API of lineage, and in its answers."""

from core.messages import Sentence

# --- of requests

UNKNOWN_PARAMETER_VALUE = Sentence("unknown_parameter_value", "{parameter} must be one of {choices:all}.")
PARAMETERS_DIFFER = Sentence(
    "parameters_differ", "{parameters:all} mean the same, but their values differ. Send one of them."
)
PARAMETER_NOT_TEXT = Sentence("parameter_not_text", "{parameter} must be a text.")
NUL_IN_PARAMETER = Sentence("nul_in_parameter", "{parameter} holds the character NUL.")
GRAPH_PARAMETERS = Sentence("graph_parameters", "{problems}")
UNDO_BODY = Sentence(
    "undo_body", 'Send {{"reason": "…", "changed_rows": "keep" or "remove"}}, one of them, or nothing.'
)
REDO_BODY = Sentence("redo_body", 'Send {{"changed_rows": "keep" or "remove"}}, or nothing.')

# --- in answers

ROWS_AS_OF_TODAY = Sentence(
    "rows_as_of_today",
    "Rows are counted as of today: an undo or redo of another import since may have changed them.",
)
