"""Messages as data: a code with parameters. Their English is made where a person reads it.

Each area has one catalogue, a module `messages.py` of sentences:

    UNKNOWN_COLUMN = Sentence("unknown_column", "The file has no column {header!r}.{nearest:suggestion}")

A sentence that is called with its parameters is a message: `UNKNOWN_COLUMN(header="agee", nearest="age")`. Programs
read its code and parameters, people its English. Code never decides by the English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from core.formatting import counted

MAX_LISTED = 10  # names of a list that a sentence spells out
OF_ONE_ROW = frozenset({"value", "location", "cell"})  # parameters that say which row or value is meant
_GAP = "\x00"  # in no parameter

#: Every sentence by its code: messages that were stored are read again with it.
SENTENCES: dict[str, Sentence] = {}


@dataclass(frozen=True)
class Sentence:
    """A code and its English: a format string of Python.

    Beside Python's own format specifications a field may have `:list` (a, b and 3 more), `:all` (a, b), `:suggestion`
    (« Did you mean 'a'?», nothing for None) or `:counted row` (1 row, 2 rows).
    `{option[NAME]}` is the name of an option where the sentence is read: `source_options.NAME` in the API, the label of
    its field on a page.
    """

    code: str  # unique among all catalogues
    english: str
    _template: str = field(init=False, repr=False, compare=False)
    _shown: Mapping[str, Callable[[Any], str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.code in SENTENCES:
            raise ValueError(f"Two sentences have the code {self.code}.")
        template, shown = _compiled(self.english)
        object.__setattr__(self, "_template", template)
        object.__setattr__(self, "_shown", shown)
        SENTENCES[self.code] = self

    def __call__(self, **params: Any) -> Message:
        return Message(self.code, params)

    @property
    def parameters(self) -> set[str]:
        """The names of the parameters that the English shows."""
        names = {name for _, name, _, _ in Formatter().parse(self.english) if name}
        return names - {name for name in names if name.startswith("option[")}

    def format(self, params: Mapping[str, Any], options: Mapping[str, str]) -> str:
        shown = {name: show(params[name]) for name, show in self._shown.items()}
        return self._template.format(**{**params, **shown, "option": options})


class OptionPaths(dict[str, str]):
    """The names of options as the API has them."""

    def __missing__(self, name: str) -> str:
        return f"source_options.{name}"


OPTION_PATHS = OptionPaths(
    force_import="duplicate_check.force_import",
    **{name: name for name in ("on_error", "max_errors", "strategy", "mappings", "unique_columns", "table_name")},
)


@dataclass(frozen=True)
class Message:
    """A sentence's code with its parameters, as JSON holds them: texts, numbers, true and false, null, lists."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return english(self)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}

    @property
    def kind(self) -> dict[str, Any]:
        """As JSON, without the parameters that differ from row to row: messages of one kind make one group."""
        params = {name: value for name, value in self.params.items() if name not in OF_ONE_ROW}
        return {"code": self.code, "params": params}

    def around(self, name: str) -> tuple[str, str]:
        """The English before and behind the parameter, which is not given yet."""
        before, _, behind = str(Message(self.code, {**self.params, name: _GAP})).partition(_GAP)
        return before, behind


def message_of(stored: Mapping[str, Any]) -> Message:
    """The message that `as_json` gave."""
    return Message(stored["code"], stored["params"])


def english(message: Message, options: Mapping[str, str] = OPTION_PATHS) -> str:
    """The sentence of a message. options: how options are named where it is read."""
    return SENTENCES[message.code].format(message.params, options)


def listed(names: Sequence[Any]) -> str:
    """a, b and 3 more; «none» of nothing."""
    shown = ", ".join(str(name) for name in names[:MAX_LISTED])
    more = len(names) - MAX_LISTED
    return f"{shown} and {more} more" if more > 0 else shown or "none"


def suggestion(name: str | None) -> str:
    """« Did you mean 'a'?», or nothing."""
    return f" Did you mean {name!r}?" if name else ""


def _compiled(english: str) -> tuple[str, dict[str, Callable[[Any], str]]]:
    """The template for str.format alone, and what shows the parameters that it has no specification for."""
    shown: dict[str, Callable[[Any], str]] = {}
    template = ""
    for text, name, spec, conversion in Formatter().parse(english):
        template += text.replace("{", "{{").replace("}", "}}")
        if name is None:
            continue
        show = _show_of(spec or "")
        if show:
            shown[name] = show
        own = (f"!{conversion}" if conversion else "") + (f":{spec}" if spec and not show else "")
        template += f"{{{name}{own}}}"
    return template, shown


def _show_of(spec: str) -> Callable[[Any], str] | None:
    if spec.startswith("counted "):
        noun = spec.removeprefix("counted ")
        return lambda number: counted(number, noun)
    return {"list": listed, "all": ", ".join, "suggestion": suggestion}.get(spec)
