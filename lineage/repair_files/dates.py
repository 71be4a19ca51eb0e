"""Which dates and times a text may mean to a spreadsheet program, whatever its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time

#: The beginnings of the names of months in the commonest languages of programs.
_MONTHS = (
    ("jan", "ene", "gen", "sty"), ("feb", "fév", "fev", "lut"), ("mar", "mär", "mrt", "maa"),
    ("apr", "avr", "abr", "kwi"), ("may", "mai", "mei", "maj", "mag"), ("jun", "juin", "giu", "cze"),
    ("jul", "juil", "lug", "lip"), ("aug", "aoû", "aou", "ago", "sie"), ("sep", "set", "wrz"),
    ("oct", "okt", "out", "ott", "paź"), ("nov", "lis"), ("dec", "dez", "déc", "dic", "gru"),
)  # fmt: skip
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?:\s*([ap])\.?m\.?)?", re.IGNORECASE)
_PARTS = re.compile(r"\d+|[^\W\d_]+\.?")
_BETWEEN = re.compile(r"[\s./\-,]*")
MAX_LENGTH = 40

PartOfDay = tuple[int | None, int, int | None]  # year, month and day of the month
Day = date | PartOfDay


@dataclass(frozen=True)
class Moment:
    """A day, a time, or both; a part of a day where a text does not say the year or the day of the month."""

    day: Day | None  # a date, or year, month and day of which one is missing
    at: time | None

    def is_same_as(self, other: Moment) -> bool:
        """Return whether both may be the same, as a program fills in what is missing."""
        if self.at != other.at and not (_is_midnight(self.at) and _is_midnight(other.at)):
            return False
        if self.day == other.day:
            return True
        return self.day is not None and other.day is not None and _agree(_fields(self.day), _fields(other.day))


def moments(text: str) -> Iterator[Moment]:
    """Yield all that a text may mean; nothing where it is no date and no time."""
    text = text.strip()
    if not text or len(text) > MAX_LENGTH or not any(char.isdigit() for char in text):
        return
    found = _TIME.search(text)
    at = _time(found) if found else None
    if found and at is None:
        return
    rest = (text[: found.start()] + text[found.end() :]).strip(" T,Z") if found else text
    if not rest:
        yield Moment(None, at)
        return
    for day in _days(rest):
        yield Moment(day, at)


def _time(found: re.Match[str]) -> time | None:
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    half = (found[4] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    with suppress(ValueError):
        return time(hour, minute, second)
    return None


def _days(text: str) -> Iterator[Day]:
    parts = _PARTS.findall(text)
    if len(parts) not in (2, 3) or _BETWEEN.sub("", _PARTS.sub("", text)):
        return
    names = [at for at, part in enumerate(parts) if not part.isdigit()]
    numbers = [int(part) if len(part) <= 4 else None for part in parts if part.isdigit()]
    if len(names) > 1 or None in numbers:
        return
    month = _month(parts[names[0]]) if names else None
    if names and month is None:
        return
    orders = _orders([int(number or 0) for number in numbers], month)
    days = dict.fromkeys(_day(*order) for order in orders)
    yield from (day for day in days if day is not None)


def _orders(numbers: list[int], month: int | None) -> Iterator[PartOfDay]:
    """Yield year, month and day in each order that programs write them."""
    if month is None and len(numbers) == 3:
        first, second, third = numbers
        yield from ((first, second, third), (third, second, first), (third, first, second))
    elif month is not None and len(numbers) == 2:
        first, second = numbers
        yield from ((first, month, second), (second, month, first))
    elif month is None:
        first, second = numbers
        yield from ((None, first, second), (None, second, first), (first, second, None), (second, first, None))
    else:
        yield from ((None, month, numbers[0]), (numbers[0], month, None))


def _day(year: int | None, month: int, day: int | None) -> Day | None:
    if year is not None:
        if year < 100:
            year += 2000 if year < 50 else 1900
        elif year < 1000:
            return None
    if not 1 <= month <= 12 or not (day is None or 1 <= day <= 31):
        return None
    if year is None or day is None:
        return year, month, day
    with suppress(ValueError):
        return date(year, month, day)
    return None


def _month(name: str) -> int | None:
    name = name.rstrip(".").casefold()
    found = (number for number, names in enumerate(_MONTHS, 1) if name.startswith(names))
    return next(found, None)


def _is_midnight(at: time | None) -> bool:
    return at is None or at == time()


def _fields(day: Day) -> PartOfDay:
    return (day.year, day.month, day.day) if isinstance(day, date) else day


def _agree(one: PartOfDay, other: PartOfDay) -> bool:
    """Return whether they say the same, where a missing day may be the first and a missing year any."""
    years = one[0] == other[0] or None in (one[0], other[0])
    days = one[2] == other[2] or {one[2], other[2]} == {None, 1}
    return years and one[1] == other[1] and days
