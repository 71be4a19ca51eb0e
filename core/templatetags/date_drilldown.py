"""Links by year, month and day into a long list of the admin, read from the index of its times."""

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
    """Show links like Django's `date_hierarchy`, without reading every record of the list as that does.

    The days are those of all records, regardless of the list's filters. cl: the admin's ChangeList.
    """
    field = get_fields_from_path(cl.model, cl.date_hierarchy)[-1]
    moments = field.model._default_manager.order_by()
    ends = moments.aggregate(first=Min(field.name), last=Max(field.name))
    if ends["first"] is None:
        return {"show": False}
    selected = [int(cl.params[name]) for name in _names(cl) if name in cl.params]
    back = {"link": _link(cl, selected[:-1]), "title": _title(selected[:-1])} if selected else None
    expanded = selected or _common_parts(ends)
    if len(expanded) == len(UNITS):
        return {"show": True, "back": back, "choices": [{"title": _title(expanded)}]}
    unit = UNITS[len(expanded)]
    starts = _nonempty(moments, field.name, _parts(expanded, ends))
    parts = [[*expanded, getattr(start, unit)] for start in starts]
    return {"show": True, "back": back, "choices": [{"link": _link(cl, part), "title": _title(part)} for part in parts]}


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


def _common_parts(ends: dict[str, datetime]) -> list[int]:
    """Return the year, or year and month, that all records share."""
    first, last = ends["first"], ends["last"]
    if first.year != last.year:
        return []
    return [first.year] if first.month != last.month else [first.year, first.month]


def _nonempty(moments: QuerySet[Any], name: str, parts: Iterator[tuple[date, date]]) -> Iterator[date]:
    """Yield the first days of the parts that have a record, with one lookup in the index for each."""
    lookups = [
        moments.filter(**{f"{name}__gte": _start(begin), f"{name}__lt": _start(end)})
        .annotate(part_began=Value(_start(begin), output_field=DateTimeField()))
        .values_list("part_began", flat=True)[:1]
        for begin, end in parts
    ]
    yield from sorted(lookups[0].union(*lookups[1:], all=True))


def _parts(expanded: list[int], ends: dict[str, datetime]) -> Iterator[tuple[date, date]]:
    """Yield the first day of each year, month of a year or day of a month, and the first day after it."""
    if not expanded:
        years = range(ends["first"].year, ends["last"].year + 1)
        yield from ((date(year, 1, 1), date(year + 1, 1, 1)) for year in years)
    elif len(expanded) == 1:
        months = [date(expanded[0], month, 1) for month in range(1, 13)]
        yield from zip(months, [*months[1:], date(expanded[0] + 1, 1, 1)], strict=True)
    else:
        day = _first_day(expanded)
        while day.month == expanded[1]:
            yield day, day + timedelta(days=1)
            day += timedelta(days=1)


def _first_day(parts: list[int]) -> date:
    year, month, day = (*parts, 1, 1)[:3]
    return date(year, month, day)


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
