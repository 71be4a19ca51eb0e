"""Messages that an import's record keeps: read by their codes, or as texts where a version without codes wrote them."""

from __future__ import annotations

from typing import Any

from core.messages import Message, message_if_known
from imports.history import messages
from imports.models import ImportHistory


def stored_message(code: str | None, params: dict[str, Any] | None, text: str) -> Message:
    """Return the message of this code; the text where no code was stored, or one of another version."""
    return message_if_known(code, params) or messages.STORED_TEXT(text=text)


def failure_of(record: ImportHistory) -> Message | None:
    """Return why nothing of the import was loaded; None where no reason was stored."""
    stopped = (record.metadata or {}).get("error") or {}
    details = stopped.get("details") or {}
    found = stored_message(details.get("reason"), details.get("params"), record.error_message or "")
    return found if str(found) else None


def warnings_of(record: ImportHistory) -> list[Message]:
    texts = record.warnings or []
    details = record.warning_details or [{}] * len(texts)
    return [stored_message(one.get("code"), one.get("params"), text) for one, text in zip(details, texts, strict=True)]
