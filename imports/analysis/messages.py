"""What is said of a file that is previewed."""

from core.messages import Sentence

COLUMNS_NOT_SHOWN = Sentence(
    "columns_not_shown", "The file has more columns than any table; those that the mapping leaves out are not shown."
)
