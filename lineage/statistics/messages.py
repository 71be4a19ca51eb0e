"""What is said of statistics."""

from core.messages import Sentence

NO_MISFITS = Sentence(
    "no_misfits", "Every value of these imports fitted. What does not fit is counted here by its type."
)
