"""Variables of the environment, read strictly: one that makes no sense is an error of one line that names it.

An empty variable counts as one that is not set. Everything raises ImproperlyConfigured.
"""

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

YES, NO = ("on", "true", "yes", "1"), ("off", "false", "no", "0")


def text(name: str, default: str = "") -> str:
    return env.str(name, "") or default


def whole_number(name: str, default: int, of: str = "") -> int:
    """From 0 on. of: what is counted, for the message."""
    found = number_or_none(name, of)
    return default if found is None else found


def number_or_none(name: str, of: str = "") -> int | None:
    """As int_param; None where the variable is not set."""
    given = text(name)
    if given and not (given.isascii() and given.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number{of and f' of {of}'}, not {given!r}.")
    return int(given) if given else None


def switch(name: str) -> bool:
    """Off where it is not set."""
    given = text(name, "off").lower()
    if given not in (*YES, *NO):
        raise ImproperlyConfigured(f"{name} must be on or off, not {given!r}.")
    return given in YES


def one_of(name: str, *choices: str) -> str:
    """choices: the first one counts where it is not set."""
    given = text(name, choices[0])
    if given not in choices:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}, not {given!r}.")
    return given


def word_or_address(name: str, word: str) -> str:
    """The word, which counts where it is not set, or the address of a web service."""
    given = text(name, word)
    if given != word and not given.startswith(("http://", "https://")):
        raise ImproperlyConfigured(f"{name} must be {word} or an address that begins with https://, not {given!r}.")
    return given


def all_or_none(*names: str) -> list[str]:
    """Variables that mean something together only; empty where none is set."""
    given = [text(name) for name in names]
    missing = [name for name, value in zip(names, given, strict=True) if not value]
    if any(given) and missing:
        raise ImproperlyConfigured(f"{' and '.join(missing)} must be set too: {', '.join(names)} go together.")
    return given


def refuse_without(needed: str, *names: str) -> None:
    """Variables that mean nothing without another one."""
    given = [name for name in names if text(name)]
    if given and not text(needed):
        raise ImproperlyConfigured(f"{needed} must be set too: {' and '.join(given)} would do nothing without it.")
