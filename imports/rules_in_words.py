"""The rules of a mapping, a sentence each, as the pages say them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import AtlasError
from imports.filters import Filter
from imports.mapping import DateRule, MaxErrors, parse_mapping
from imports.rules import ChangeLetters, Coalesce, Constant, Merge, RegexReplace, Rule, Split

LETTERS_IN_WORDS = {
    "uppercase": "{} is put in upper case.",
    "lowercase": "{} is put in lower case.",
    "trim": "Spaces around {} are taken away.",
}


def rules_in_words(config: Mapping[str, Any] | None) -> list[str]:
    """Of a mapping or a mapping_config; nothing for what somebody's own code has put there."""
    given = {key: (config or {})[key] for key in ("rules", "max_errors") if key in (config or {})}
    try:
        asked = parse_mapping(given)
    except AtlasError:
        return []
    return [
        *map(_transformation, asked.transformations),
        *map(_date, asked.date_rules),
        *map(_filter, asked.filter_rows),
        *_limits(asked.max_errors),
    ]


def _transformation(rule: Rule) -> str:
    fields, targets = _named(rule.fields), _named(rule.targets)
    match rule:
        case ChangeLetters():
            return LETTERS_IN_WORDS[rule.type].format(fields)
        case RegexReplace():
            return f"In {fields}, what matches {_quoted(rule.pattern)} becomes {_quoted(rule.replacement)}."
        case Split():
            return f"{fields} is split at {_quoted(rule.separator)} into {targets}."
        case Merge():
            return f"{fields} become {targets}, with {_quoted(rule.separator)} between them."
        case Coalesce():
            return f"{targets} is the first of {fields} that has a value."
        case Constant():
            return f"{targets} is {_quoted(rule.value)} in every row."
    raise TypeError(rule)


def _date(rule: DateRule) -> str:
    return f"{_named([rule.field])} is read by the format {_quoted(rule.source_format)}."


def _filter(rule: Filter) -> str:
    condition = rule.operator.replace("_", " ") + rule.said.removeprefix(f"{rule.field} {rule.operator}")
    return f"Only records with {_named([rule.field])} {condition} go in."


def _limits(limits: MaxErrors) -> Iterable[str]:
    if limits.count is not None:
        yield f"More than {limits.count:,} errors stop the import."
    if limits.share is not None:
        least = f", and more than {limits.minimum:,}," if limits.minimum else ""
        yield f"Errors in more than {limits.share * 100:g}% of the records{least} stop the import."


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
