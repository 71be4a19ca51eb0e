"""The text of a cell's value: numbers as the file spells them, dates and times as ISO 8601 has them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection

from core.messages import Message
from imports.readers import messages
from imports.readers.excel.digits import shown_digits
from imports.readers.excel.exact_numbers import Literals
from imports.readers.excel.package import column_letters
from imports.readers.excel.workbook import Sheet, Value

EXACT_INTEGERS = 2**53  # up to here every whole number is a number of its own in a workbook
EXACT_DIGITS = 15  # of any number
DURATION = re.compile(r"(-?)PT(\d+)H(\d+)M(\d+)(?:[.,](\d+))?S")  # a time or a duration, as .ods files spell it


class Texts:
    """Of the cells of a sheet, read in rising rows.

    `with_times`: in which a date gets a time too. `native` grows with the columns that hold texts other than the null
    tokens, `numbers` with those that hold numbers; positions are those in a row, from 0. `exact`: whether a number
    that a float does not hold is looked up in the sheet.
    """

    def __init__(
        self,
        sheet: Sheet,
        *,
        with_times: Collection[int] = (),
        native: set[int] | None = None,
        numbers: set[int] | None = None,
        null_tokens: Collection[str] = (),
        exact: bool = True,
    ) -> None:
        self._sheet = sheet
        self._with_times = with_times
        self._native = set() if native is None else native
        self._native_numbers = set() if numbers is None else numbers
        self._null_tokens = null_tokens
        self._spells_durations = sheet.spells_durations
        self._signs = sheet.signs
        self._texts = sheet.texts
        self._digits = [(i, sheet.digits[column]) for i, column in enumerate(sheet.columns) if column in sheet.digits]
        self._is_plain = not (sheet.signs or sheet.texts or self._digits)  # whether numbers are all there is to tell
        self.shown_digits: dict[int, str] = {}  # the first text in each column of numbers that are shown as codes
        self._literals = Literals(sheet.path, sheet.name) if exact else None
        self.inexact: Message | None = None  # what to say of the first number that may not be exact

    def cells(self, row: list[Value], number: int) -> list[str | None]:
        """Return the texts of a row's cells. number: of the row, as Excel shows it."""
        texts: list[str | None] = []
        for i, value in enumerate(row):
            if value.__class__ is str:
                texts.append(self._text(value, i) if value else None)
            elif value.__class__ is float:
                self._native_numbers.add(i)
                texts.append(self._number(value, number, i))
            elif value.__class__ is datetime.datetime:
                texts.append(value.isoformat())
            else:
                texts.append(_other(value, with_time=i in self._with_times))
        if self._is_plain:
            return texts
        for i, formats in self._digits:
            if row[i].__class__ in (int, float):
                self._show_digits(texts, i, shown_digits(formats, number, row[i]))
        for column, text in self._texts.get(number, {}).items():
            if (at := self._sheet.position(column)) is not None:
                texts[at] = text
        for column, sign in self._signs.get(number, {}).items():
            at = self._sheet.position(column)
            if at is not None and row[at].__class__ in (int, float):
                texts[at] = f"{sign} {texts[at]}"
        return texts

    def _show_digits(self, texts: list[str | None], i: int, shown: str | None) -> None:
        if shown is not None:
            texts[i] = shown
            self._native.add(i)
            self.shown_digits.setdefault(self._sheet.columns[i], shown)

    def _text(self, value: str, i: int) -> str:
        if self._spells_durations and (spelled := DURATION.fullmatch(value)):
            return _spelled_duration(spelled)
        if value not in self._null_tokens:
            self._native.add(i)
        return value

    def _number(self, value: float, row: int, i: int) -> str:
        """Return the number as the file spells it, where a float may not be all of it."""
        if value.is_integer() and abs(value) < EXACT_INTEGERS:
            return str(int(value))
        written = repr(value)
        if "e" not in written and (len(written) <= EXACT_DIGITS or _digits(written) <= EXACT_DIGITS):
            return written
        column = self._sheet.columns[i]
        literal = self._literals.find(row, column) if self._literals else None
        if literal and _is_number(literal, value):
            return literal
        if value.is_integer():
            written = str(int(value))
            cell = f"{column_letters(column)}{row}"
            self.inexact = self.inexact or messages.INEXACT_NUMBER(cell=cell, number=written)
        return written


def _other(value: Value, *, with_time: bool) -> str:
    """Return the text of a value that is neither text nor a fraction nor a date with a time."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if isinstance(value, datetime.date):
        return f"{value.isoformat()}T00:00:00" if with_time else value.isoformat()
    return value.isoformat() if isinstance(value, datetime.time) else str(value)


def _digits(written: str) -> int:
    """Return how many digits of a number count."""
    return len(written.lstrip("-0.").replace(".", ""))


def _is_number(literal: str, value: float) -> bool:
    try:
        return float(literal) == value
    except ValueError:
        return False


def _duration(value: datetime.timedelta) -> str:
    """Return a duration as Excel shows it; hours may exceed 24: 30:00:00."""
    microseconds = value // datetime.timedelta(microseconds=1)
    sign, microseconds = ("-", -microseconds) if microseconds < 0 else ("", microseconds)
    seconds, microseconds = divmod(microseconds, 1_000_000)
    fraction = f".{microseconds:06}".rstrip("0") if microseconds else ""
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def _spelled_duration(spelled: re.Match[str]) -> str:
    sign, hours, minutes, seconds, fraction = spelled.groups(default="")
    fraction = fraction.rstrip("0")
    return f"{sign}{int(hours):02}:{int(minutes):02}:{int(seconds):02}{'.' if fraction else ''}{fraction}"
