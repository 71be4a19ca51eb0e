"""Sentences about the audit log: what is wrong with it, and how much of it is verified."""

from core.messages import Sentence

# --- what is wrong

ENTRY_CHANGED = Sentence("entry_changed", "Entry {entry} was changed.")
ENTRY_MOVED = Sentence(
    "entry_moved", "Entry {entry} has the content of entry {other}: the two were swapped, or it was moved."
)
ENTRY_REPLACED = Sentence(
    "entry_replaced",
    "Entry {next} does not match its predecessor: entry {entry} or entry {next} was replaced.",
)
ENTRY_MISSING = Sentence("entry_missing", "Entry {entry} is missing.")
ENTRIES_MISSING = Sentence("entries_missing", "Entries {first} to {last} are missing.")
DETAIL_DELETED = Sentence("detail_deleted", "The details of entry {entry} were deleted, but not by retention.")
DETAIL_CHANGED = Sentence("detail_changed", "The details of entry {entry} were changed or replaced.")
LOG_REWRITTEN = Sentence(
    "log_rewritten", "Entry {entry} does not match the checkpoint: it or an earlier entry was rewritten."
)
CUT_BEFORE_DETAIL = Sentence(
    "cut_before_detail",
    "The log ends with entry {last}, but details of entry {entry} exist: later entries were deleted.",
)
CUT_BEFORE_ANCHOR = Sentence(
    "cut_before_anchor",
    "The log ends with entry {last}, but the checkpoint names entry {entry}: later entries were deleted.",
)

# --- how much of it is verified

RIGHT_TO_THE_END = Sentence("right_to_the_end", "{entries:counted entry,entries} verified, no problems found.")
RIGHT_BEFORE_BREAK = Sentence("right_before_break", "Verified before it: {entries:counted entry,entries}.")
DETAILS_FORGOTTEN = Sentence(
    "details_forgotten", "Details of {entries:counted entry was,entries were} deleted by retention."
)
DETAIL_FORGOTTEN = Sentence("detail_forgotten", "Deleted by the retention policy.")
