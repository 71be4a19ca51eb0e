"""Messages stored with an import: read by code, or as text if a version without codes stored them."""

from __future__ import annotations

from typing import Any

from core.messages import Message, message_if_known
from imports.history import messages
from imports.models import ImportHistory


def stored_message(code: str | None, params: dict[str, Any] | None, text: str) -> Message:
    """Return the message of this code; the text if no code was stored, or one of another version."""
    return message_if_known(code, params) or messages.STORED_TEXT(text=text)


def failure_of(record: ImportHistory) -> Message | None:
    """Return why nothing was imported; None if no reason was stored."""
    error = (record.metadata or {}).get("error") or {}
    details = error.get("details") or {}
    message = stored_message(details.get("reason"), details.get("params"), record.error_message or "")
    return message if str(message) else None


def warnings_of(record: ImportHistory) -> list[Message]:
    texts = record.warnings or []
    details = record.warning_details or [{}] * len(texts)
    pairs = zip(details, texts, strict=True)
    return [stored_message(detail.get("code"), detail.get("params"), text) for detail, text in pairs]
