"""What is said when a child is ended, or ends by itself."""

from core.messages import Sentence

_NEXT = (
    " Split the file, remove rows or columns that are not needed, or use simpler rules. For a larger limit ask your"
    " administrator, who can change {setting}."
)
TOO_MUCH_MEMORY = Sentence(
    "too_much_memory", "This file needs more memory than the {limit} that are allowed for one file." + _NEXT
)
TOO_MUCH_PROCESSOR_TIME = Sentence(
    "too_much_processor_time",
    "This file needs more processor time than the {limit} that are allowed for a file of its size." + _NEXT,
)
TOO_MUCH_TIME = Sentence("too_much_time", "This file takes longer than the {limit} that are allowed." + _NEXT)
TOO_MUCH_DISK = Sentence(
    "too_much_disk",
    "This file needs more space on the disk than the {limit} that are allowed while it is read." + _NEXT,
)
READER_ENDED = Sentence(
    "reader_ended",
    "The process that read this file ended unexpectedly ({how}). The file is probably damaged: open it in the"
    " application that it is from, save it again and upload that. Your administrator finds more in the server log.",
)
READER_KILLED = Sentence(
    "reader_killed",
    "The process that read this file was ended from outside, probably because the server ran out of memory. Nothing was"
    " imported. Try again in a few minutes.",
)
READER_UNAVAILABLE = Sentence(
    "reader_unavailable",
    "The process that reads files is not available: it could not be started, or has just ended. Nothing was imported."
    " Try again in a moment.",
)
