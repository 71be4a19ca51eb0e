"""An import waits for a person where more lines of its text or sheet would not be read than lines that would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.messages import Message
from imports.errors import MostlyNotRead
from imports.loading import messages
from imports.text_batches import FileInfo

ABOVE = ("header_row", "first_row")  # options of which one says that the lines above the table are none of it
BELOW = "last_row"  # the option that says so of the lines below it


def refuse_mostly_unread(file_info: FileInfo, given: Mapping[str, Any]) -> None:
    """Raises MostlyNotRead. file_info: of a file that was read to its end; given: the source_options of the request."""
    message = mostly_unread(file_info, given)
    if message:
        raise MostlyNotRead(message, not_read=file_info.not_read.as_json(), source_options=as_read(file_info))


def mostly_unread(file_info: FileInfo, given: Mapping[str, Any]) -> Message | None:
    """Return how many lines would not be read where they are more than the others and the options do not say so."""
    not_read = file_info.not_read
    options = as_read(file_info)
    above = not_read.lines_above(options.get("header_row") or options.get("first_row") or 1)
    left_open = 0 if any(given.get(name) is not None for name in ABOVE) else above
    left_open += 0 if given.get(BELOW) is not None else not_read.lines - not_read.comments - above
    if left_open <= not_read.lines_read:
        return None
    return messages.MOSTLY_NOT_READ(unread=not_read.lines, read=not_read.lines_read)


def as_read(file_info: FileInfo) -> dict[str, Any]:
    """Return the options that say where the table is, as it was read: given, they confirm it."""
    return {name: file_info.options[name] for name in (*ABOVE, BELOW) if name in file_info.options}
