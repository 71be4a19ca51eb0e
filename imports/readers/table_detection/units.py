"""Words that a second line of a header holds: units, kinds of values, ways in which values were taken."""

from __future__ import annotations

import re

KINDS = (
    "text|string|str|char|varchar|id|name|code|key|label|type|units?|num|number|numeric|int|integer|float|double|real"
    "|decimal|bool|boolean|date|time|datetime|timestamp|ts|rn"
)
WAYS = "min|max|avg|mean|median|sum|total|tot|smp|std|count"
UNITS = (
    "percent|pct|ppm|ppb|deg|degrees?|degc|degf|celsius|fahrenheit|kelvin|north|east|utc|gmt|psu|ntu|pcs|pieces"
    "|(?:kilo|centi|milli)?(?:met(?:er|re)s?|grams?)|(?:milli)?(?:lit(?:er|re)s?|volts?|seconds?)|(?:kilo|mega)?watts?|amps?"
    "|amperes?|hertz|pascals?|minutes?|hours?|days?|weeks?|months?|years?|miles?|feet|foot|inch(?:es)?|pounds?|tons?"
    "|tonnes?|knots?|thousands?|millions?|billions?|mio|mrd|tsd|dollars?|euros?|usd|eur|gbp|chf|jpy|cny|sek|nok|dkk|pln"
    "|czk|huf|aud|cad|inr|brl|per|in|of"
)
WORD = re.compile(f"(?:{KINDS}|{WAYS}|{UNITS})", re.IGNORECASE)
SYMBOL = re.compile(
    r"(?:(?:[pnµμumcdhkMGT]|da)?(?:m|g|s|A|K|C|mol|cd|Hz|N|Pa|J|W|V|F|Ω|S|Sv|Gy|Bq|L|l|eV|bar|Wh|VA|cal|B|lx|lm)"
    r"|h|d|min|sec|hr|hrs|ha|ft|mi|yd|lbs?|oz|mph|kmh|kn|psi|rpm|dBA?|dBm|pH|mmHg|inHg|°[CF]?|[%‰€$£¥])"
    r"(?:\^-?\d|[⁻⁰¹²³]+)?|(?:[cdkm]?m|ft)[23]"
)
FORMAT = re.compile(r"(?:y{2,4}|m{1,3}|d{1,2}|h{1,2}|s{1,2})(?:[-/.: T](?:y{2,4}|m{1,3}|d{1,2}|h{1,2}|s{1,2}))+", re.I)
EXPONENT = re.compile(r"-\d$")  # of a part that is not the first: «A-1» alone is a code
BETWEEN = re.compile(r"[\s/·*⋅_]+")  # the parts of a unit, as in «kg m-3»
BRACKETS = "()[]{}<>"


def is_unit(cell: str) -> bool:
    """Return whether a cell holds a unit («km/h», «[°C]», «thousands of EUR»), or what kind of values are below
    it."""
    bare = cell.strip().strip(BRACKETS).strip()
    first, *others = BETWEEN.split(bare)
    parts = [first, *(EXPONENT.sub("", part) for part in others)]
    return bool(FORMAT.fullmatch(bare)) or all(WORD.fullmatch(part) or SYMBOL.fullmatch(part) for part in parts)
