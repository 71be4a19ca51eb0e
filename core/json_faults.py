"""What is wrong with invalid JSON, in our own words: Python's decoder has messages, but no codes."""

from __future__ import annotations

import json

from core import messages
from core.messages import Message

#: How each message of the decoder begins.
_FAULTS = {
    "Expecting value": messages.JSON_VALUE_EXPECTED,
    "Expecting property name": messages.JSON_KEY_EXPECTED,
    "Expecting ':'": messages.JSON_COLON_EXPECTED,
    "Expecting ','": messages.JSON_COMMA_EXPECTED,
    "Illegal trailing comma": messages.JSON_VALUE_EXPECTED,
    "Unterminated string": messages.JSON_STRING_NOT_CLOSED,
    "Invalid control character": messages.JSON_CONTROL_CHARACTER,
    "Invalid \\": messages.JSON_INVALID_ESCAPE,
    "Extra data": messages.JSON_TEXT_AFTER_END,
}


def json_fault(error: json.JSONDecodeError) -> Message:
    """Return what is wrong where the decoder stopped."""
    faults = (sentence() for beginning, sentence in _FAULTS.items() if error.msg.startswith(beginning))
    return next(faults, messages.JSON_UNEXPECTED_TEXT())
