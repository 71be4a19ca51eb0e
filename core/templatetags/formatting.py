"""Template filters of times, counts, sizes and durations."""

from __future__ import annotations

from django import template

from core import formatting

register = template.Library()
for formatter in (
    formatting.when, formatting.count, formatting.counted,
    formatting.seconds, formatting.whole_seconds, formatting.size,
):  # fmt: skip
    register.filter(formatter)
