"""Small drawings made by the server: SVG without style attributes, so that the strict policy of the site holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from imports.in_words import Amount
from lineage.templatetags.wording import count, seconds

register = template.Library()


@dataclass(frozen=True)
class Slice:
    """A part where it stands in the bar, in percent of its width."""

    part: Amount
    start: float
    width: float


@dataclass(frozen=True)
class Column:
    """A column of a chart, in the chart's own units."""

    label: str
    text: str
    x: float
    y: float
    width: float
    height: float


CHART_WIDTH, CHART_HEIGHT, GAP = 600.0, 120.0, 0.25
SLIM = 0.6  # percent: a part of one among a million can still be seen


@register.inclusion_tag("pieces/bar.html")
def bar(parts: Sequence[Amount], title: str, unit: str = "records") -> dict[str, Any]:
    """A bar over the whole width, and the same numbers as a list under it. `unit`: records or seconds."""
    say = seconds if unit == "seconds" else count
    return {"slices": list(slices(parts)), "parts": [(part, say(part.amount)) for part in parts], "title": title}


def slices(parts: Sequence[Amount]) -> Iterable[Slice]:
    """Where each part stands."""
    seen = [max(part.amount, 0) for part in parts]
    whole = sum(seen)
    widths = [max(amount / whole * 100, SLIM) if amount else 0.0 for amount in seen] if whole else []
    start, stretch = 0.0, 100 / sum(widths) if widths else 0
    for part, width in zip(parts, widths, strict=False):
        if width:
            yield Slice(part, round(start, 3), round(width * stretch, 3))
            start += width * stretch


@register.inclusion_tag("pieces/columns.html")
def columns(bars: Sequence[tuple[str, int]], title: str) -> dict[str, Any]:
    """A column chart; the page puts the same numbers in a table beside it."""
    return {"columns": list(placed(bars)), "title": title, "width": CHART_WIDTH, "height": CHART_HEIGHT}


def placed(bars: Sequence[tuple[str, int]]) -> Iterable[Column]:
    most = max((amount for _, amount in bars), default=0) or 1
    step = CHART_WIDTH / max(len(bars), 1)
    for position, (label, amount) in enumerate(bars):
        height = max(amount / most * (CHART_HEIGHT - 4), 2.0 if amount else 0.0)
        yield Column(
            label, f"{amount:,}", round(position * step + step * GAP / 2, 2), round(CHART_HEIGHT - height, 2),
            round(step * (1 - GAP), 2), round(height, 2),
        )  # fmt: skip
