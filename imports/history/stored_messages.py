"""Messages stored with an import: read by code, or as text if a version without codes stored them."""

from __future__ import annotations

from core.messages import Message, stored_message
from imports.models import ImportHistory


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


def strategy_reason_of(record: ImportHistory) -> Message | None:
    """Return why the import used its strategy; None if no reason was stored."""
    config = record.mapping_config or {}
    details = config.get("strategy_reason_details") or {}
    text = config.get("strategy_reason")
    return stored_message(details.get("code"), details.get("params"), text) if text else None
