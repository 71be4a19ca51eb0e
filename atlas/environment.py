"""Read environment variables strictly: an invalid value is an error of one line that names the variable.

An empty variable counts as not set. All functions raise ImproperlyConfigured.
"""

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

#: What a number may be at most, by its unit: what PostgreSQL, the operating system and dates can work with.
MAXIMUM = {
    "seconds": 2_147_483,  # PostgreSQL counts milliseconds in 31 bits
    "minutes": 35_791,
    "hours": 876_000,  # 100 years
    "days": 36_500,
    "percent": 99,  # with 100 no disk would ever be free enough
    "bytes": 2**60,
    "processes": 1000,
    "threads": 1000,
    "": 10**9,
}
YES, NO = ("on", "true", "yes", "1"), ("off", "false", "no", "0")


def text(name: str, default: str = "") -> str:
    return env.str(name, "") or default


def whole_number(name: str, default: int, unit: str = "") -> int:
    """Return a whole number from 0. unit: decides the maximum, and is in the error message."""
    number = number_or_none(name, unit)
    return default if number is None else number


def positive_number(name: str, default: int, unit: str = "", least: int = 1) -> int:
    """Return a whole number from 1, or from another least one. unit: as of whole_number."""
    number = whole_number(name, default, unit)
    if number < least:
        raise ImproperlyConfigured(f"{name} must be {least:,} or more{unit and f' {unit}'}, not {number}.")
    return number


def number_or_none(name: str, unit: str = "") -> int | None:
    """Return a whole number from 0 to the maximum of its unit; None if the variable is not set."""
    value = text(name)
    if value and not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number{unit and f' of {unit}'}, not {value!r}.")
    most = MAXIMUM[unit]
    if value and (len(value.lstrip("0")) > len(str(most)) or int(value) > most):
        raise ImproperlyConfigured(f"{name} must be at most {most:,}{unit and f' {unit}'}, not {value[:40]}.")
    return int(value) if value else None


def switch(name: str) -> bool:
    """Return whether the variable is on; off if it is not set."""
    value = text(name, "off").lower()
    if value not in (*YES, *NO):
        raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")
    return value in YES


def one_of(name: str, *choices: str) -> str:
    """Return one of the choices; the first one if the variable is not set."""
    value = text(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}, not {value!r}.")
    return value


def word_or_url(name: str, word: str) -> str:
    """Return the URL of a web service, or the word, which is the default."""
    value = text(name, word)
    if value != word and not value.startswith(("http://", "https://")):
        raise ImproperlyConfigured(f"{name} must be {word} or a URL that begins with https://, not {value!r}.")
    return value


def all_or_none(*names: str) -> list[str]:
    """Return the values of variables that must be set together; empty texts if none is set."""
    values = [text(name) for name in names]
    missing = [name for name, value in zip(names, values, strict=True) if not value]
    if any(values) and missing:
        raise ImproperlyConfigured(f"{' and '.join(missing)} must be set too. Set all of {', '.join(names)}, or none.")
    return values


def refuse_without(required: str, *names: str) -> None:
    """Refuse variables that have no effect without another one."""
    names_set = [name for name in names if text(name)]
    if names_set and not text(required):
        have = "has" if len(names_set) == 1 else "have"
        raise ImproperlyConfigured(
            f"{required} must be set too: without it, {' and '.join(names_set)} {have} no effect."
        )
