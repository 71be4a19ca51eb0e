"""Sentences about requests to the lineage API, and in its responses."""

from core.messages import Sentence

# --- of requests

UNKNOWN_PARAMETER_VALUE = Sentence("unknown_parameter_value", "{parameter} must be one of {choices:all}.")
PARAMETERS_DIFFER = Sentence(
    "parameters_differ", "{parameters:all} mean the same, but their values differ. Send one of them."
)
PARAMETER_NOT_TEXT = Sentence("parameter_not_text", "{parameter} must be a string.")
NUL_IN_PARAMETER = Sentence("nul_in_parameter", "{parameter} contains a NUL character.")
UNKNOWN_FORMAT = Sentence(
    "unknown_format",
    "format sets the format of the response: {formats:all}. To filter by a column of that name, use format__eq; "
    "for a file, use /tables/{{table_name}}/export.csv.",
)
NO_PARAMETER_OF_EXPORTS = Sentence(
    "no_parameter_of_exports",
    "{parameter} has no effect on an export. To filter by the column of that name, use {parameter}__eq.",
)
GRAPH_PARAMETERS = Sentence("graph_parameters", "{problems}")
UNDO_BODY = Sentence(
    "undo_body",
    'Invalid request body. Send {{"reason": "…", "changed_rows": "keep" or "remove"}}; both keys are optional.',
)
REPAIR_BODY = Sentence(
    "repair_body",
    'Invalid request body. Send {{"records": {{"7": {{"column": "value"}}}}, "reason": "…", "changed_rows": "keep" or '
    '"remove"}} with at least one row; the last two keys are optional. Or send a group of errors and a proposal for '
    'it: {{"group": {{…}}, "proposal": {{"kind": "…", "params": {{…}}}}}}.',
)
RERUN_WITHOUT_MAPPING = Sentence(
    "rerun_without_mapping",
    "Send the mapping with which the file is to be imported, as mapping, or name a saved one as saved_mapping.",
)
NOT_A_RECORD_NUMBER = Sentence("not_a_record_number", "“{number}” is no row number. Rows are numbered from 1.")
REPAIR_NOT_A_VALUE = Sentence(
    "repair_not_a_value",
    "Row {record}, {column}: the value must be a text, a number, true, false or null, without characters that the "
    "database cannot store.",
)

# --- in responses

ROWS_AS_OF_TODAY = Sentence(
    "rows_as_of_today", "Row counts are current: later undos and redos of other imports may have changed them."
)
