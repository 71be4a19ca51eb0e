"""What the number format of a cell says of its value: a date, a time, digits that are a code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

# Formats that have no code in the file: ECMA-376, part 1, 18.8.30.
BUILT_IN = {
    **dict.fromkeys([*range(14, 18), *range(27, 37), *range(50, 59)], "yyyy-mm-dd"),
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "m/d/yy h:mm", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0",
}  # fmt: skip
LITERAL = r'"[^"]*"|\\.|_.|\*.'
NO_LETTERS = re.compile(LITERAL + r"|\[(?![hms]+\])[^\]]*\]|AM/PM|A/P|General", re.IGNORECASE)
SECTION = re.compile(rf"(?:{LITERAL}|\[[^\]]*\]|[^;])+")
CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)\]")
CODE_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_(.)|(0+)|(\[[^\]]*\])|([-() /.])')
UNIT = re.compile(r'"[^"]*[^\W\d_][^"]*"$')  # behind the digits, which are a number then
MIN_ZEROS = 2  # of a format that fills numbers up with zeros
MAX_DIGITS = 15  # of a number that Excel shows digit by digit


class Kind(Enum):
    """What a format shows a number as."""

    DATE = 1
    TIME = 2
    MOMENT = 3  # a date and a time
    DURATION = 4


@lru_cache(maxsize=10_000)
def kind_of_format(code: str) -> Kind | None:
    """Return None for a format of numbers or texts."""
    letters = NO_LETTERS.sub("", next(iter(SECTION.findall(code)), "")).lower()
    if "[" in letters:
        return Kind.DURATION
    if re.search("[0#?]", letters.replace(".0", "").replace("s0", "s")):
        return None
    time = "h" in letters or "s" in letters
    date = "y" in letters or "d" in letters or ("m" in letters and not time)
    if date:
        return Kind.MOMENT if time else Kind.DATE
    return Kind.TIME if time else None


def shown_time(number: float, code: str) -> str:
    """Return a time or duration as a format shows it, with a sign, hours and minutes: -1:30."""
    seconds = round(abs(number) * 86_400)
    letters = NO_LETTERS.sub("", code).lower()
    hours = f"{seconds // 3600:02}" if "hh" in letters else f"{seconds // 3600}"
    rest = f":{seconds % 60:02}" if "s" in letters else ""
    return f"{'-' if number < 0 else ''}{hours}:{seconds // 60 % 60:02}{rest}"


@dataclass(frozen=True)
class DigitsFormat:
    """A format that fills whole numbers up with zeros: 00000, 000-00-0000."""

    sections: tuple[tuple[str, float, str], ...]  # condition, its number, code

    def shown(self, number: float) -> str | None:
        """Return what Excel shows of a number; None where that is not each of its digits."""
        if number != int(number) or number < 0 or number >= 10**MAX_DIGITS:
            return None
        for condition, bound, code in self.sections:
            if _holds(condition, number, bound):
                return _filled(code, str(int(number)))
        return None


@lru_cache(maxsize=10_000)
def digits_format(code: str) -> DigitsFormat | None:
    """Return None for any other format."""
    first = next(iter(SECTION.findall(code)), "")
    sections = SECTION.findall(code) if CONDITION.match(first) else [first]
    if not all(map(_is_of_zeros, sections)):
        return None
    return DigitsFormat(tuple(_conditional(section) for section in sections))


def _conditional(section: str) -> tuple[str, float, str]:
    condition = CONDITION.match(section)
    if condition:
        return condition[1], float(condition[2]), section[condition.end() :]
    return "", 0, section


def _is_of_zeros(section: str) -> bool:
    zeros = re.findall("0+", re.sub(LITERAL + r"|\[[^\]]*\]", "", section))
    bare = CODE_TOKEN.sub("", section)
    points = "." in re.sub(LITERAL, "", section)
    if UNIT.search(section) or bare or points:
        return False
    return max(map(len, zeros), default=0) >= MIN_ZEROS


def _holds(condition: str, number: float, bound: float) -> bool:
    return {
        "": True, "<": number < bound, "<=": number <= bound, ">": number > bound, ">=": number >= bound,
        "=": number == bound, "<>": number != bound,
    }[condition]  # fmt: skip


def _filled(code: str, digits: str) -> str:
    """Return the code with the digits in the place of its zeros, from the right; what is left over goes in front."""
    tokens = list(CODE_TOKEN.finditer(code))
    places = sum(len(token[4] or "") for token in tokens)
    digits = digits.rjust(places, "0")
    left_over, rest = digits[: len(digits) - places], digits[len(digits) - places :]
    shown = []
    for token in tokens:
        if token[4]:
            count = len(token[4])
            shown.append(left_over + rest[:count])
            left_over, rest = "", rest[count:]
        elif token[3] or token[5]:
            shown.append(" " if token[3] else "")
        else:
            shown.append(token[1] or token[2] or token[6] or "")
    return "".join(shown).strip()
