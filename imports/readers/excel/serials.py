"""Numbers in the format of a date or time that are none: negative ones, day 0, and 29 February 1900.

Excel counts days from 1900-01-01, which is 1, or from 1904-01-01, which is 0, and it takes 1900 for a leap year:
https://learn.microsoft.com/office/troubleshoot/excel/wrongly-assumes-1900-is-leap-year
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from imports.readers.excel.number_formats import Kind, kind_of_format, shown_time

DAY_ZERO = "1900-01-00"  # as Excel shows 0 in the format of a date
FIRST_OF_1904 = "1904-01-01"
LEAP_DAY, SHOWN_LEAP_DAY = 60, "1900-02-29"
AFTER_LAST = 2_958_466  # day after 9999-12-31, from which on calamine gives the number
LONGEST = 367  # days that a format of times shows as hours: more is the time of a date


@dataclass(frozen=True)
class Serial:
    """A number that calamine makes another date or time of than Excel shows."""

    number: float  # days
    code: str  # its format
    is_1904: bool  # whether the workbook counts from 1904-01-01

    @property
    def kind(self) -> Kind | None:
        return kind_of_format(self.code)

    @property
    def invalid(self) -> str | None:
        """What Excel shows where that is no date and no time, whatever the other values of the column are."""
        if self.number < 0:
            return shown_time(self.number, self.code) if self.kind == Kind.TIME else f"{self.number:.15g}"
        if self.kind != Kind.TIME and LEAP_DAY <= self.number < LEAP_DAY + 1 and not self.is_1904:
            return SHOWN_LEAP_DAY + self._clock
        return None

    @property
    def duration(self) -> str | None:
        """Hours beyond 24 in the format of a time, which shows only what is over."""
        if self.kind != Kind.TIME or not 1 <= self.number < LONGEST:
            return None
        return shown_time(self.number, "[hh]:mm:ss")

    @property
    def date(self) -> str | None:
        """What Excel shows of day 0; a number after the last day as it is."""
        if self.kind == Kind.TIME or 1 <= self.number < AFTER_LAST or self.number < 0:
            return None
        if self.number >= AFTER_LAST:
            return f"{self.number:.15g}"
        return f"{FIRST_OF_1904}{self._clock}".replace(" ", "T") if self.is_1904 else f"{DAY_ZERO}{self._clock}"

    @property
    def _clock(self) -> str:
        return f" {shown_time(self.number % 1, 'hh:mm:ss')}" if self.number % 1 else ""


Serials = dict[int, dict[int, Serial]]  # row as Excel numbers it -> column from 0


def is_odd(number: float, kind: Kind, *, is_1904: bool) -> bool:
    """Return whether calamine's date or time may not be what Excel shows. Durations are."""
    if kind == Kind.TIME:
        return number < 0 or 1 <= number < LONGEST
    if kind == Kind.DURATION:
        return False
    return number < 1 or number >= AFTER_LAST or (LEAP_DAY <= number < LEAP_DAY + 1 and not is_1904)


def texts_of(serials: Serials, dates: Collection[int]) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and text of durations, of day 0 and, in columns of dates, of numbers after the last day.

    dates: columns with dates, from 0. In others a part of day 0 is a time of day, and 0 is where its format has one.
    """
    for row, cells in serials.items():
        for column, serial in cells.items():
            is_date = column in dates or (serial.kind == Kind.DATE and not serial.number)
            text = serial.duration or (serial.date if is_date else None)
            if text:
                yield row, column, text
