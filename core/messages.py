"""Messages as data: a code with parameters. The English text is created where it is shown.

Each area has one catalogue, a module `messages.py` of sentences:

    UNKNOWN_COLUMN = Sentence("unknown_column", "The file has no column {header!r}.{nearest:suggestion}")

A sentence that is called with its parameters is a message: `UNKNOWN_COLUMN(header="agee", nearest="age")`. Programs
read its code and parameters, users its English. No code depends on the English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from core.formatting import counted, in_words, megabytes

MAX_PARAMETER_LENGTH = 500  # characters of a text in a message
MAX_LISTED = 10  # names of a list that a sentence shows
OF_ONE_ROW = frozenset({"value", "location", "cell"})  # parameters that identify a row or value
_GAP = "\x00"  # in no parameter
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

#: A parameter's value and the names of options -> its text.
Show = Callable[[Any, Mapping[str, str]], str]

#: All sentences by code, to read stored messages.
SENTENCES: dict[str, Sentence] = {}


@dataclass(frozen=True)
class Sentence:
    """A code and its English: a format string of Python.

    Besides Python's own format specifications a field may have `:list` (a, b and 3 more), `:all` (a, b), `:or` (a, b or
    c), `:joined ; ` (a; b), `:noted` for pairs (a (1), b), `:quoted` for pairs (“a” (1), “b” (2)), `:more` (“ and 3
    more”, nothing for 0), `:wait` for seconds (2 minutes), `:megabytes` (2.5 MB, 1 byte), `:suggestion` (“ Did you mean
    'a'?”, nothing for None), `:counted row` (1 row, 2 rows), `:select csv=delimited text|json=JSON` (the text for the
    value), `:option` (the name of this option), `:json` or `:message` (the English of a message as JSON).
    `{option[NAME]}` is the name of an option where the sentence is shown: `source_options.NAME` in the API, the label
    of its field on a page; `{option[NAME]:bare}` is `NAME` in the API.
    """

    code: str  # unique among all catalogues
    english: str
    _template: str = field(init=False, repr=False, compare=False)
    _shown: Mapping[str, Show] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.code in SENTENCES:
            raise ValueError(f"Two sentences have the code {self.code}.")
        template, shown = _compiled(self.english)
        object.__setattr__(self, "_template", template)
        object.__setattr__(self, "_shown", shown)
        SENTENCES[self.code] = self

    def __call__(self, **params: Any) -> Message:
        """Return the message with these parameters; of long texts, which are values of files, only the beginning."""
        return Message(self.code, {name: _beginning(value) for name, value in params.items()})

    @property
    def parameters(self) -> set[str]:
        """Return the names of the parameters that the English shows."""
        names = {name for _, name, _, _ in Formatter().parse(self.english) if name}
        return names - {name for name in names if name.startswith("option[")}

    def format(self, params: Mapping[str, Any], options: Mapping[str, str]) -> str:
        shown = {name: show(params[name], options) for name, show in self._shown.items()}
        return self._template.format(**{**params, **shown, "option": options, "bare_option": BareNames(options)})


class OptionPaths(dict[str, str]):
    """The names of options in the API."""

    def __missing__(self, name: str) -> str:
        return f"source_options.{name}"


class BareNames(dict[str, str]):
    """The names of options without the object that contains them; labels are unchanged."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._options = options

    def __missing__(self, name: str) -> str:
        return self._options[name].rpartition(".")[2]


#: Keys of a mapping that are in no other object.
_TOP_KEYS = (
    "on_error",
    "max_errors",
    "strategy",
    "mappings",
    "unique_columns",
    "table_name",
    "db_schema",
    "check_duplicates",
)
OPTION_PATHS = OptionPaths(
    {key: key for key in _TOP_KEYS},
    force_import="duplicate_check.force_import",
    on_match="duplicate_check.on_match",
    enabled="duplicate_check.enabled",
    check_file_level="duplicate_check.check_file_level",
    allow_duplicates="duplicate_check.allow_duplicates",
    uniqueness_columns="duplicate_check.uniqueness_columns",
    adapt_data="strategy to adapt_data",
)


@dataclass(frozen=True)
class Message:
    """A sentence's code with its parameters, which are JSON values: texts, numbers, true and false, null, lists."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return english(self)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": storable(self.params)}

    @property
    def kind(self) -> dict[str, Any]:
        """Return the message as JSON without the parameters that differ by row; messages of one kind form a group."""
        params = {name: value for name, value in self.params.items() if name not in OF_ONE_ROW}
        return {"code": self.code, "params": storable(params)}

    @property
    def row_params(self) -> dict[str, Any]:
        """Return the parameters that differ by row."""
        return {name: value for name, value in self.params.items() if name in OF_ONE_ROW}

    def around(self, name: str) -> tuple[str, str]:
        """Return the English before and after a parameter whose value is not known yet."""
        before, _, behind = SENTENCES[self.code].format({**self.params, name: _GAP}, OPTION_PATHS).partition(_GAP)
        return before, behind


def _beginning(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= MAX_PARAMETER_LENGTH else f"{value[: MAX_PARAMETER_LENGTH - 1]}…"
    return [_beginning(item) for item in value] if isinstance(value, list) else value


def message_of(stored: Mapping[str, Any]) -> Message:
    """Return the message that `as_json` stored."""
    return Message(stored["code"], stored["params"])


def message_if_known(code: str | None, params: Mapping[str, Any] | None) -> Message | None:
    """Return a stored message; None if this version does not know its code or parameters."""
    message = Message(code or "", params or {})
    try:
        english(message)
    except (LookupError, TypeError, ValueError):
        return None
    return message


def stored_message(code: str | None, params: Mapping[str, Any] | None, text: str) -> Message:
    """Return the message of this code; the text if no code was stored, or one of another version."""
    return message_if_known(code, params) or Message(STORED_TEXT.code, {"text": text})


def english(message: Message, options: Mapping[str, str] = OPTION_PATHS) -> str:
    """Return the sentence of a message, without characters that UTF-8 or PostgreSQL cannot hold.

    options: the names of options where the sentence is read.
    """
    return _UNSTORABLE.sub("\ufffd", SENTENCES[message.code].format(message.params, options))


def storable(value: Any) -> Any:
    """Return the value with U+FFFD in place of NUL and lone surrogates, which neither UTF-8 nor JSONB can store."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {storable(key): storable(member) for key, member in value.items()}
    return [storable(item) for item in value] if isinstance(value, list | tuple) else value


def listed(names: Sequence[Any]) -> str:
    """Return “a, b and 3 more”; “none” for an empty list."""
    shown = ", ".join(str(name) for name in names[:MAX_LISTED])
    more = len(names) - MAX_LISTED
    return f"{shown} and {more} more" if more > 0 else shown or "none"


def either_of(names: Sequence[str]) -> str:
    """Return “a, b or c”."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def suggestion(name: str | None) -> str:
    """Return “ Did you mean “a”?”; nothing for None."""
    return f" Did you mean “{name}”?" if name else ""


def joined(names: Sequence[Any], separator: str = ", ") -> str:
    return separator.join(map(str, names))


def noted(pairs: Sequence[Sequence[Any]]) -> str:
    """Return names with their notes, if any, in brackets: “a (1), b”."""
    return joined([name if note is None else f"{name} ({note})" for name, note in pairs])


def quoted(pairs: Sequence[Sequence[Any]]) -> str:
    """Return values with their places: “a” (line 2), “b” (line 5)."""
    return joined([f"“{value}” ({place})" for value, place in pairs])


def more(number: int) -> str:
    """Return “ and 3 more”; nothing for 0."""
    return f" and {number} more" if number else ""


def _compiled(english: str) -> tuple[str, dict[str, Show]]:
    """Return the template for str.format, and the functions that show parameters with our own specifications."""
    shown: dict[str, Show] = {}
    template = ""
    for text, name, spec, conversion in Formatter().parse(english):
        template += text.replace("{", "{{").replace("}", "}}")
        if name is None:
            continue
        if spec == "bare":
            name, spec = f"bare_{name}", ""
        show = _show_of(spec or "")
        if show:
            shown[name] = show
        native_spec = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec and not show else "")
        template += f"{{{name}{native_spec}}}"
    return template, shown


def _show_of(spec: str) -> Show | None:
    """Return the function for one of our own format specifications; None for Python's."""
    kind, _, argument = spec.partition(" ")
    if kind == "counted":
        return lambda number, _: counted(number, argument)
    if kind == "joined":
        return lambda names, _: joined(names, argument)
    if kind == "select":
        texts = dict(choice.split("=", 1) for choice in argument.split("|"))
        return lambda value, _: texts.get(value, str(value))
    if spec == "option":
        return lambda name, options: options[name]
    if spec == "message":
        return lambda stored, options: english(message_of(stored), options)
    show = _SHOWN.get(spec)
    return None if show is None else lambda value, _: show(value)


_SHOWN: dict[str, Callable[[Any], str]] = {
    "list": listed,
    "all": joined,
    "or": either_of,
    "noted": noted,
    "more": more,
    "quoted": quoted,
    "wait": in_words,
    "megabytes": megabytes,
    "suggestion": suggestion,
    "json": json.dumps,
}

#: A text that was stored before messages had codes, or by a version with other codes.
STORED_TEXT = Sentence("stored_text", "{text}")

# --- faults of invalid JSON

JSON_VALUE_EXPECTED = Sentence("json_value_expected", "expected a value")
JSON_KEY_EXPECTED = Sentence("json_key_expected", "expected a key in double quotes")
JSON_COLON_EXPECTED = Sentence("json_colon_expected", "expected a colon after the key")
JSON_COMMA_EXPECTED = Sentence("json_comma_expected", "expected a comma or a closing bracket")
JSON_STRING_NOT_CLOSED = Sentence("json_string_not_closed", "the string that starts here is not closed")
JSON_CONTROL_CHARACTER = Sentence(
    "json_control_character", "a string contains a line break or another control character"
)
JSON_INVALID_ESCAPE = Sentence("json_invalid_escape", "a backslash in a string is not followed by a valid escape")
JSON_TEXT_AFTER_END = Sentence("json_text_after_end", "text after the end of the value")
JSON_UNEXPECTED_TEXT = Sentence("json_unexpected_text", "unexpected text")
