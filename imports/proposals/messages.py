"""Messages of proposals, and of what would fit in a column."""

from core.messages import Sentence

# --- proposals

READ_DATES = Sentence("read_dates", "Read them as {format}")
READ_DECIMALS = Sentence("read_decimals", "Read the {decimal} as the decimal separator")
READ_THOUSANDS = Sentence("read_thousands", "Read the {thousands} as the thousands separator")
READ_MARKS = Sentence(
    "read_marks", "Read the {decimal} as the decimal separator and the {thousands} as the thousands separator"
)
LEAVE_EMPTY = Sentence("leave_empty", "Leave the cells with {tokens:list} empty")
REPLACE_VALUES = Sentence("replace_values", "Replace {pairs:list}")
REPLACE_CHARACTERS = Sentence("replace_characters", "Replace the characters {pairs:list}")
REMOVE_BEFORE = Sentence("remove_before", "Remove “{prefix}” before each value")
REMOVE_BEHIND = Sentence("remove_behind", "Remove “{suffix}” behind each value")
REMOVE_AROUND = Sentence("remove_around", "Remove “{prefix}” before and “{suffix}” behind each value")
ONE_VALUE = Sentence("one_value", "Use “{value}” for all")
NO_VALUE = Sentence("no_value", "Leave all cells empty")

# --- proposals that are sent back

UNKNOWN_PROPOSAL = Sentence(
    "unknown_proposal",
    "“proposal” must be an object with a kind ({kinds:or}) and params, such as one of the proposals of"
    " /mapping-errors/summary.",
)
PROPOSAL_PARAMS = Sentence("proposal_params", "The params of a proposal of the kind {kind} are: {params:all}.")
PROPOSAL_VALUES = Sentence(
    "proposal_values", "A param of the proposal ({kind}) is not valid: an unknown format or separator, or no text."
)

# --- what would fit

FITS_FORMAT = Sentence(
    "fits_format",
    "{type:select DATE=A date|TIME=A time|TIMESTAMP=A date and time|TIMESTAMPTZ=A date and time with time zone} as"
    " {formats:or}, such as {example}",
)
FITS_WHOLE = Sentence("fits_whole", "A whole number of at most {most:,}, such as {example}")
FITS_NUMBER = Sentence("fits_number", "A number such as {example}")
FITS_DIGITS = Sentence(
    "fits_digits",
    "A number of at most {whole:counted digit} before and {decimals:counted digit} after the decimal separator, such as"
    " {example}",
)
FITS_BOOLEAN = Sentence("fits_boolean", "Yes or no: true, false, yes, no, 1, 0")
FITS_UUID = Sentence("fits_uuid", "A UUID such as {example}")
FITS_JSON = Sentence("fits_json", "A JSON object or array such as {example}")
FITS_TEXT = Sentence("fits_text", "Any text")
FITS_SHORT_TEXT = Sentence("fits_short_text", "A text of at most {characters:counted character}")
PART_DOES_NOT_FIT = Sentence("part_does_not_fit", "{format} does not fit, {part} {number}")
EXPECTED = Sentence("expected", "Expected: {expected:message}")
EXPECTED_BUT_FOR = Sentence("expected_but_for", "{misfit:message}. Expected: {expected:message}")
