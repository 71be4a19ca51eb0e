"""What is said of a file that is previewed."""

from core.messages import Sentence

COLUMNS_NOT_SHOWN = Sentence(
    "columns_not_shown", "The file has more columns than any table; those that the mapping leaves out are not shown."
)
NO_SUCH_ANALYSIS = Sentence("no_such_analysis", "There is no such analysis of yours. Upload the file again.")
TOO_LARGE_TO_PREVIEW = Sentence(
    "too_large_to_preview",
    "The file is too large to be read at every choice. «Look again» reads it as chosen here.",
)
