"""A mapping in words: its columns, rules and corrections."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import AtlasError
from core.formatting import counted
from imports.column_types import type_label
from imports.column_types.base import PIVOT_YEAR
from imports.column_types.correction_kinds import CorrectionKind
from imports.column_types.named_formats import NAMED_FORMATS
from imports.labels import code_in_words
from imports.mapping.filters import Filter
from imports.mapping.request import DateRule, MaxErrors, parse_stored
from imports.mapping.transformations import (
    ChangeCase,
    Coalesce,
    Constant,
    Merge,
    RegexReplace,
    Rule,
    Split,
)

SIGNS = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "pipe (|)",
    '"': 'double quote (")',
    "'": "single quote (')",
    " ": "space",
    ".": "dot",
}
DIRECTIVES = {
    "d": "day", "m": "month", "Y": "year", "y": "year (2 digits)", "b": "month (short name)", "B": "month (name)",
    "H": "hour", "I": "hour (1 to 12)", "M": "minute", "S": "second", "f": "fraction", "p": "AM/PM", "z": "time zone",
    "%": "%",
}  # fmt: skip


LETTERS_IN_WORDS = {
    "uppercase": "{} is converted to upper case.",
    "lowercase": "{} is converted to lower case.",
    "trim": "Spaces around {} are removed.",
}


def rules_in_words(config: Mapping[str, Any] | None) -> list[str]:
    """Return the rules of a mapping or mapping_config in sentences; nothing for what other programs wrote there."""
    parts = {key: (config or {})[key] for key in ("rules", "max_errors") if key in (config or {})}
    try:
        request = parse_stored(parts)
    except AtlasError:
        return []
    return [
        *map(_transformation, request.transformations),
        *map(_date, request.date_rules),
        *map(_filter, request.filter_rows),
        *_limits(request.max_errors),
    ]


def _transformation(rule: Rule) -> str:
    fields, targets = _named(rule.fields), _named(rule.targets)
    match rule:
        case ChangeCase():
            return LETTERS_IN_WORDS[rule.type].format(fields)
        case RegexReplace():
            return f"In {fields}, matches of {_quoted(rule.pattern)} are replaced with {_quoted(rule.replacement)}."
        case Split():
            return f"{fields} is split at {_quoted(rule.separator)} into {targets}."
        case Merge():
            return f"{fields} are joined with {_quoted(rule.separator)} into {targets}."
        case Coalesce():
            return f"{targets} is the first value of {fields} that is not empty."
        case Constant():
            return f"{targets} is {_quoted(rule.value)} in every row."
    raise TypeError(rule)


def _date(rule: DateRule) -> str:
    named = NAMED_FORMATS.get(rule.source_format)
    return (
        f"{_named([rule.field])} is read as {named.label}."
        if named
        else (f"{_named([rule.field])} is read with the format {_quoted(rule.source_format)}.")
    )


def _filter(rule: Filter) -> str:
    condition = rule.operator.replace("_", " ") + rule.description.removeprefix(f"{rule.field} {rule.operator}")
    return f"Only rows with {_named([rule.field])} {condition} are imported."


def _limits(limits: MaxErrors) -> Iterable[str]:
    if limits.count is not None:
        yield f"The import stops at more than {counted(limits.count, 'error')}."
    if limits.share is not None:
        share = f"{limits.share * 100:g}% of the rows"
        if limits.minimum:
            yield f"The import stops at more than {counted(limits.minimum, 'error')}, if they exceed {share}."
        else:
            yield f"The import stops when the errors exceed {share}."


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True)
class MappedColumn:
    """A column that an import filled."""

    name: str
    header: str  # as the file spells it
    sql_type: str
    how: str  # the notation, where it is not the plain one
    is_new: bool


def mapped_columns(config: Mapping[str, Any] | None) -> list[MappedColumn]:
    """Return the columns of a mapping_config: of a plan, or as another program wrote it."""
    config = config or {}
    columns = config.get("columns")
    if isinstance(columns, list):
        in_file_order = sorted(columns, key=lambda column: column.get("source", 0))
        return [_planned(column) for column in in_file_order]
    types = config.get("db_schema") or {}
    return [
        MappedColumn(name, str(header), types.get(name, ""), "", False)
        for name, header in (config.get("mappings") or {}).items()
    ]


def _planned(column: Mapping[str, Any]) -> MappedColumn:
    return MappedColumn(
        column["name"], column["header"], column["sql_type"], "; ".join(notation(column)), bool(column.get("is_new"))
    )


def notation(column: Mapping[str, Any]) -> Iterator[str]:
    if column.get("source_format"):
        yield " or ".join(map(format_in_words, [column["source_format"], *column.get("other_formats", [])]))
    if column.get("pivot_year", PIVOT_YEAR) != PIVOT_YEAR:
        yield f"two-digit years from {column['pivot_year']:02} on: 19.."
    if column.get("decimal", ".") != ".":
        yield f"decimal separator: {sign(column['decimal'])}"
    if column.get("thousands"):
        yield f"thousands separator: {sign(column['thousands'])}"


def format_in_words(source_format: str) -> str:
    """Return a format in words: %d/%m/%Y -> day/month/year; a format with a name by its label."""
    if source_format in NAMED_FORMATS:
        return NAMED_FORMATS[source_format].label
    return re.sub("%(.)", lambda directive: DIRECTIVES.get(directive[1], directive[0]), source_format)


def sign(value: Any) -> str:
    """Return a separator by its name."""
    return SIGNS.get(str(value), str(value))


def correction_in_words(kind: str | None, detail: str | None) -> str:
    """Return what was done to a value: datetime_standardization, %d/%m/%Y -> Converted from day/month/year."""
    if kind not in CorrectionKind.values:
        return code_in_words(kind or "changed")  # recorded by other programs
    detail = detail or "the column type"
    is_format = kind == CorrectionKind.DATETIME_STANDARDIZATION
    return CorrectionKind(kind).label.format(format_in_words(detail) if is_format else type_label(detail))
