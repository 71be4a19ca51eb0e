"""Small drawings made by the server: SVG without style attributes, so that the strict policy of the site holds."""

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
    """A part where it stands in the bar, in percent of its width."""

    part: Amount
    text: str
    start: float
    width: float


@dataclass(frozen=True)
class SparklineColumn:
    """A column of a sparkline, in the drawing's own units."""

    label: str
    x: float
    y: float
    width: float
    height: float


LINE_WIDTH, LINE_HEIGHT, GAP = 300.0, 40.0, 0.3
LEAST = 2.0  # height of a day with anything at all
SLIM = 0.6  # percent: a part of one among a million can still be seen


@register.inclusion_tag("partials/bar.html")
def bar(parts: Sequence[Amount], title: str, unit: str = "records") -> dict[str, Any]:
    """A bar over the whole width, and the same numbers as a list under it. `unit`: records or seconds."""
    said = [(part, (seconds if unit == "seconds" else count)(part.amount)) for part in parts]
    return {"slices": list(slices(said)), "parts": said, "title": title}


def slices(parts: Sequence[tuple[Amount, str]]) -> Iterable[Slice]:
    """Where each part stands; those of nothing stand nowhere."""
    seen = [max(part.amount, 0) for part, _ in parts]
    whole = sum(seen)
    widths = [max(amount / whole * 100, SLIM) if amount else 0.0 for amount in seen] if whole else []
    start, stretch = 0.0, 100 / sum(widths) if widths else 0
    for (part, text), width in zip(parts, widths, strict=False):
        if width:
            yield Slice(part, text, round(start, 3), round(width * stretch, 3))
            start += width * stretch


@register.inclusion_tag("partials/sparkline.html")
def sparkline(days: Sequence[tuple[date, int]], title: str) -> dict[str, Any]:
    """A column a day, the last one at the right; what the most was is told to those who cannot see it."""
    day, most = max(days, key=lambda one: one[1])
    told = f"{title}, most on {_said(day, most)}" if most else f"{title}: none"
    return {"columns": list(placed(days)), "title": told, "width": LINE_WIDTH, "height": LINE_HEIGHT}


def placed(days: Sequence[tuple[date, int]]) -> Iterable[SparklineColumn]:
    most = max(amount for _, amount in days) or 1
    step = LINE_WIDTH / len(days)
    for position, (day, amount) in enumerate(days):
        height = max(amount / most * LINE_HEIGHT, LEAST if amount else 0.0)
        yield SparklineColumn(
            _said(day, amount), round((position + GAP / 2) * step, 2), round(LINE_HEIGHT - height, 2),
            round(step * (1 - GAP), 2), round(height, 2),
        )  # fmt: skip


def _said(day: date, amount: int) -> str:
    return f"{day:%b} {day.day}: {amount:,}"
