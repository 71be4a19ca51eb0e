"""Filters that several lists share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.dateparse import parse_date, parse_datetime
from django_filters import Filter


class MomentField(forms.Field):
    """A date or time in ISO 8601; UTC if it has no time zone."""

    def __init__(self, *, end_of_day: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.end_of_day = end_of_day  # of a date without a time: its end, not its start

    def to_python(self, value: str | None) -> datetime | None:
        if not value:
            return None
        try:
            moment = parse_datetime(value) if len(value) > len("2025-10-28") else self._of_day(value)
        except ValueError:
            moment = None
        if moment is None:
            raise ValidationError(
                "Enter a date or time in ISO 8601 format, such as 2025-10-28 or 2025-10-28T12:30:00Z."
            )
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def _of_day(self, value: str) -> datetime | None:
        day = parse_date(value)
        return datetime.combine(day, time.max if self.end_of_day else time.min) if day else None


class MomentFilter(Filter):
    field_class = MomentField


def contained_in(columns: Iterable[str], part: str) -> Q:
    """Return the condition that any of these columns contains the text; case does not matter."""
    condition = Q()
    for name in columns:
        condition |= Q(**{f"{name}__icontains": part})
    return condition
