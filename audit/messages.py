"""What is said of the audit log: where it is broken, and how much of it is right."""

from core.messages import Sentence

# --- where it is broken

ENTRY_CHANGED = Sentence("entry_changed", "Entry {entry} was changed.")
ENTRY_MOVED = Sentence("entry_moved", "Entry {entry} holds what was entry {other}: they were swapped, or it was moved.")
ENTRY_REPLACED = Sentence(
    "entry_replaced",
    "Entry {next} knows another entry before it: entry {entry} or itself was replaced.",
)
ENTRY_MISSING = Sentence("entry_missing", "Entry {entry} is gone.")
ENTRIES_MISSING = Sentence("entries_missing", "Entries {first} to {last} are gone.")
DETAIL_DELETED = Sentence("detail_deleted", "The detail of entry {entry} was deleted, not by retention.")
DETAIL_CHANGED = Sentence("detail_changed", "The detail of entry {entry} was changed or replaced.")
LOG_REWRITTEN = Sentence("log_rewritten", "The anchor knows another entry {entry}: it was rewritten, or one before it.")
CUT_BEFORE_DETAIL = Sentence(
    "cut_before_detail", "The log ends with entry {last}, but there is a detail of an entry {entry}."
)
CUT_BEFORE_ANCHOR = Sentence("cut_before_anchor", "The log ends with entry {last}; the anchor knows an entry {entry}.")

# --- how much of it is right

RIGHT_TO_THE_END = Sentence(
    "right_to_the_end", "{entries:counted entry is,entries are} right, from the first to the last."
)
RIGHT_BEFORE_BREAK = Sentence("right_before_break", "{entries:counted entry is,entries are} right, before it.")
DETAILS_FORGOTTEN = Sentence("details_forgotten", "Of {entries:,} retention forgot the detail.")
DETAIL_FORGOTTEN = Sentence("detail_forgotten", "Forgotten.")
