"""The way by years, months and days into a long list, by the index of its times alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import template
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import DateTimeField, Max, Min, QuerySet, Value
from django.utils.formats import date_format

register = template.Library()

UNITS = ("year", "month", "day")


@register.inclusion_tag("admin/date_hierarchy.html")
def days(cl: Any) -> dict[str, Any]:
    """As Django's own `date_hierarchy`, which reads every record of the list to find out on which days there are any.

    The days are those of all records, whatever the list is filtered by. cl: the admin's ChangeList.
    """
    field = get_fields_from_path(cl.model, cl.date_hierarchy)[-1]
    moments = field.model._default_manager.order_by()
    ends = moments.aggregate(first=Min(field.name), last=Max(field.name))
    if ends["first"] is None:
        return {"show": False}
    asked = [int(cl.params[name]) for name in _names(cl) if name in cl.params]
    back = {"link": _link(cl, asked[:-1]), "title": _title(asked[:-1])} if asked else None
    opened = asked or _opened(ends)
    if len(opened) == len(UNITS):
        return {"show": True, "back": back, "choices": [{"title": _title(opened)}]}
    unit = UNITS[len(opened)]
    found = _with_any(moments, field.name, _parts(opened, ends))
    parts = [[*opened, getattr(began, unit)] for began in found]
    return {"show": True, "back": back, "choices": [{"link": _link(cl, one), "title": _title(one)} for one in parts]}


def _names(cl: Any) -> list[str]:
    return [f"{cl.date_hierarchy}__{unit}" for unit in UNITS]


def _link(cl: Any, parts: list[int]) -> str:
    return cl.get_query_string(dict(zip(_names(cl), parts, strict=False)), [f"{cl.date_hierarchy}__"])


def _title(parts: list[int]) -> str:
    if not parts:
        return "All dates"
    if len(parts) == 1:
        return str(parts[0])
    return date_format(_first_day(parts), "YEAR_MONTH_FORMAT" if len(parts) == 2 else "DATE_FORMAT")


def _opened(ends: dict[str, datetime]) -> list[int]:
    """How far the way is open by itself: the year or month that all are from."""
    first, last = ends["first"], ends["last"]
    if first.year != last.year:
        return []
    return [first.year] if first.month != last.month else [first.year, first.month]


def _with_any(moments: QuerySet[Any], name: str, parts: Iterator[tuple[date, date]]) -> Iterator[date]:
    """The first days of those with a record: one look at the index for each."""
    looks = [
        moments.filter(**{f"{name}__gte": _start(begin), f"{name}__lt": _start(end)})
        .annotate(part_began=Value(_start(begin), output_field=DateTimeField()))
        .values_list("part_began", flat=True)[:1]
        for begin, end in parts
    ]
    yield from sorted(looks[0].union(*looks[1:], all=True))


def _parts(opened: list[int], ends: dict[str, datetime]) -> Iterator[tuple[date, date]]:
    """The first day of each year, month of a year or day of a month, and of the next one."""
    if not opened:
        years = range(ends["first"].year, ends["last"].year + 1)
        yield from ((date(year, 1, 1), date(year + 1, 1, 1)) for year in years)
    elif len(opened) == 1:
        months = [date(opened[0], month, 1) for month in range(1, 13)]
        yield from zip(months, [*months[1:], date(opened[0] + 1, 1, 1)], strict=True)
    else:
        day = _first_day(opened)
        while day.month == opened[1]:
            yield day, day + timedelta(days=1)
            day += timedelta(days=1)


def _first_day(parts: list[int]) -> date:
    year, month, day = (*parts, 1, 1)[:3]
    return date(year, month, day)


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
