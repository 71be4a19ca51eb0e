"""Parts of a whole, for bars and charts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Amount:
    """A part of a whole, for a bar."""

    name: str  # of its colour in CSS
    label: str
    amount: float
    url: str = ""
