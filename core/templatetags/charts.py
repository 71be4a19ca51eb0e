"""Small charts as SVG, without style attributes, which the content security policy of the site forbids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import template

from core.charts import Amount
from core.formatting import count, seconds

register = template.Library()


@dataclass(frozen=True)
class Slice:
    """A part of the bar, in percent of its width."""

    part: Amount
    text: str
    start: float
    width: float


@dataclass(frozen=True)
class SparklineColumn:
    """A column of a sparkline, in units of the view box."""

    label: str
    x: float
    y: float
    width: float
    height: float


LINE_WIDTH, LINE_HEIGHT, GAP = 300.0, 40.0, 0.3
MIN_HEIGHT = 2.0  # of a day whose amount is not zero
MIN_WIDTH = 0.6  # percent of the bar, so that 1 of a million is visible


@register.inclusion_tag("partials/bar.html")
def bar(parts: Sequence[Amount], title: str, unit: str = "rows") -> dict[str, Any]:
    """Draw a bar over the full width, and its numbers as a list below. unit: rows or seconds."""
    labelled = [(part, (seconds if unit == "seconds" else count)(part.amount)) for part in parts]
    return {"slices": list(slices(labelled)), "parts": labelled, "title": title}


def slices(parts: Sequence[tuple[Amount, str]]) -> Iterable[Slice]:
    """Yield position and width of each part that is not zero."""
    amounts = [max(part.amount, 0) for part, _ in parts]
    total = sum(amounts)
    widths = [max(amount / total * 100, MIN_WIDTH) if amount else 0.0 for amount in amounts] if total else []
    start, stretch = 0.0, 100 / sum(widths) if widths else 0
    for (part, text), width in zip(parts, widths, strict=False):
        if width:
            yield Slice(part, text, round(start, 3), round(width * stretch, 3))
            start += width * stretch


@register.inclusion_tag("partials/sparkline.html")
def sparkline(days: Sequence[tuple[date, int]], title: str) -> dict[str, Any]:
    """Draw a column for each day, the last at the right. Screen readers get the highest value."""
    day, highest = max(days, key=lambda pair: pair[1])
    description = f"{title}, most on {_tooltip(day, highest)}" if highest else f"{title}: none"
    return {"columns": list(sparkline_columns(days)), "title": description, "width": LINE_WIDTH, "height": LINE_HEIGHT}


def sparkline_columns(days: Sequence[tuple[date, int]]) -> Iterable[SparklineColumn]:
    highest = max(amount for _, amount in days) or 1
    step = LINE_WIDTH / len(days)
    for position, (day, amount) in enumerate(days):
        height = max(amount / highest * LINE_HEIGHT, MIN_HEIGHT if amount else 0.0)
        yield SparklineColumn(
            _tooltip(day, amount), round((position + GAP / 2) * step, 2), round(LINE_HEIGHT - height, 2),
            round(step * (1 - GAP), 2), round(height, 2),
        )  # fmt: skip


def _tooltip(day: date, amount: int) -> str:
    return f"{day:%b} {day.day}: {amount:,}"
