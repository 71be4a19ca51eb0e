"""Times, counts, sizes and durations as texts."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString


def when(moment: datetime | None) -> str | SafeString:
    """Return a time in UTC as HTML; js/times.js shows it in the user's time zone."""
    if moment is None:
        return "–"
    exact = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-local>{}</time>',
        exact.isoformat(timespec="seconds").replace("+00:00", "Z"),
        f"{exact:%b} {exact.day}, {exact:%Y, %H:%M} UTC",
    )


def count(number: float | None) -> str:
    """1234567 -> 1,234,567; None -> a dash."""
    return "–" if number is None else f"{number:,.0f}"


def counted(number: int, noun: str) -> str:
    """1, "row" -> 1 row; 1200, "row" -> 1,200 rows; "entry,entries" for irregular plurals."""
    singular, _, plural = noun.partition(",")
    return f"{count(number)} {singular if number == 1 else plural or singular + 's'}"


def seconds(duration: Decimal | float | None) -> str:
    """0.0421 -> 42 ms; 2.5 -> 2.5 s; 126 -> 2 min 6 s."""
    if duration is None:
        return "–"
    if duration < 1:
        return f"{float(duration) * 1000:.0f} ms"
    if duration < 60:
        return f"{float(duration):.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest} s"


def in_words(duration: int) -> str:
    """45 -> 45 seconds; 61 -> 2 minutes; 7200 -> 2 hours: rounded up, for a time to wait."""
    if duration < 60:
        return counted(max(1, duration), "second")
    minutes = -(-duration // 60)
    return counted(minutes, "minute") if minutes < 60 else counted(-(-minutes // 60), "hour")


def whole_seconds(duration: int | None) -> str:
    """42 -> 42 s; 126 -> 2 min 6 s; None -> a dash."""
    return seconds(duration).replace(".0 s", " s") if duration else ("–" if duration is None else "0 s")


def megabytes(number: float) -> str:
    """2147.48 -> 2147.48 MB; 0.5 -> 500 kB; 0.000001 -> 1 byte: for limits of the settings."""
    if number >= 1:
        return f"{number:g} MB"
    return f"{number * 1000:g} kB" if number >= 0.001 else counted(round(number * 1_000_000), "byte")


def size(number: int | None) -> str:
    return "–" if number is None else filesizeformat(number)
