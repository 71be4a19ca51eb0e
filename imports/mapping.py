"""The mapping of a request: the keys it may have, checked by name. What it comes to for one file is plan.py's."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import TextChoices

from imports.column_types import ColumnType, column_type
from imports.column_types.calendar import format_pattern
from imports.errors import InvalidMapping
from imports.names import SYSTEM_COLUMNS, column_names
from imports.readers.null_tokens import DEFAULT_NULL_TOKENS


class OnError(TextChoices):
    """What happens to a record with a value that does not fit."""

    NULL = "null"  #: the record is loaded, the cell is NULL, a mapping error is recorded
    REJECT_ROW = "reject_row"  #: the record is kept back whole
    ABORT = "abort"  #: nothing is loaded


STRATEGIES = ("auto", "new_table", "merge_exact", "extend_table", "adapt_data")
KEYS: dict[str, tuple[str, ...]] = {
    "mapping": (
        "table_name", "mappings", "db_schema", "strategy", "rules", "unique_columns", "duplicate_check",
        "check_duplicates", "on_error", "max_errors", "source_options",
    ),
    "rules": ("datetime_transformations",),
    "datetime_transformations": ("field", "source_format", "target_format"),
    "duplicate_check": (
        "enabled", "check_file_level", "force_import", "allow_duplicates", "uniqueness_columns",
    ),
    "max_errors": ("count", "share", "minimum"),
    "source_options": (
        "encoding", "delimiter", "quote", "header_row", "sheet", "record_path", "decimal", "thousands", "date_order",
        "null_tokens",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class MaxErrors:
    """Above this many values that do not fit, the import stops and loads nothing."""

    count: int | None = None
    share: float | None = None  # of the file's records, 0 to 1
    minimum: int = 0  # so many are always allowed, whatever the share

    def exceeded_by(self, errors: int, records: int) -> bool:
        if self.count is not None and errors > self.count:
            return True
        return self.share is not None and errors > max(self.minimum, self.share * records)


@dataclass(frozen=True)
class DateRule:
    """rules.datetime_transformations: an explicit format, obeyed."""

    field: str  # header of the file, or target column
    source_format: str
    target_format: str = ""


@dataclass(frozen=True)
class MappingRequest:
    """What somebody asked for; everything may be absent."""

    table_name: str | None = None
    mappings: Mapping[str, str] | None = None  # target column -> header of the file; None: every column
    db_schema: Mapping[str, ColumnType] = field(default_factory=dict)  # target column -> type
    strategy: str = "auto"
    date_rules: tuple[DateRule, ...] = ()
    unique_columns: tuple[str, ...] = ()
    check_duplicates: bool = True
    check_file_level: bool = True
    force_import: bool = False
    on_error: OnError = OnError.NULL
    max_errors: MaxErrors = MaxErrors()
    source_options: Mapping[str, Any] = field(default_factory=dict)
    as_given: Mapping[str, Any] = field(default_factory=dict)  # for mapping_config

    @property
    def null_tokens(self) -> tuple[str, ...]:
        return tuple(self.source_options.get("null_tokens", DEFAULT_NULL_TOKENS))

    @property
    def date_order(self) -> str:
        """The order that is taken where a column fits several."""
        return self.source_options.get("date_order") or settings.ATLAS_DATE_ORDER


def parse_mapping(given: str | bytes | Mapping[str, Any] | None) -> MappingRequest:
    """JSON text or its object -> MappingRequest. Raises InvalidMapping naming the key and what may stand there."""
    mapping = _object(given)
    _known_keys("mapping", mapping)
    rules = _object(mapping.get("rules"), "rules")
    _known_keys("rules", rules)
    duplicates = _object(mapping.get("duplicate_check"), "duplicate_check")
    _known_keys("duplicate_check", duplicates)
    options = _object(mapping.get("source_options"), "source_options")
    _known_keys("source_options", options)
    unique = mapping.get("unique_columns") or duplicates.get("uniqueness_columns") or []
    return MappingRequest(
        table_name=_text(mapping, "table_name"),
        mappings=_mappings(mapping.get("mappings")),
        db_schema={
            _target(name): column_type(_is_text(sql_type, f"db_schema.{name}"))
            for name, sql_type in _object(mapping.get("db_schema"), "db_schema").items()
        },
        strategy=_one_of(mapping, "strategy", STRATEGIES, "auto"),
        date_rules=_date_rules(rules.get("datetime_transformations")),
        unique_columns=tuple(_texts(unique, "unique_columns")),
        check_duplicates=_wants_duplicate_check(mapping, duplicates),
        check_file_level=_flag(duplicates, "check_file_level", True),
        force_import=_flag(duplicates, "force_import", False),
        on_error=OnError(_one_of(mapping, "on_error", OnError.values, "null")),
        max_errors=_max_errors(mapping.get("max_errors")),
        source_options=_source_options(options),
        as_given=mapping,
    )


def _wants_duplicate_check(mapping: Mapping[str, Any], duplicates: Mapping[str, Any]) -> bool:
    asked = _flag(mapping, "check_duplicates", True) and _flag(duplicates, "enabled", True)
    return asked and not _flag(duplicates, "allow_duplicates", False)


def _object(given: Any, key: str = "mapping") -> dict[str, Any]:
    if given is None or given == "" or given == b"":
        return {}
    if isinstance(given, str | bytes):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError) as error:
            raise InvalidMapping(f"{key} is not valid JSON: {error}.") from None
    if not isinstance(given, Mapping):
        raise InvalidMapping(f"{key} must be a JSON object.")
    return dict(given)


def _known_keys(place: str, given: Mapping[str, Any]) -> None:
    for key in given:
        if key not in KEYS[place]:
            near = difflib.get_close_matches(str(key), KEYS[place], n=1, cutoff=0.0)
            raise InvalidMapping(f"{place} has an unknown key {str(key)[:80]!r}. The nearest known one is {near[0]!r}.")


def _is_text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise InvalidMapping(f"{key} must be a text.")
    return value


def _text(given: Mapping[str, Any], key: str) -> str | None:
    return None if given.get(key) in (None, "") else _is_text(given[key], key)


def _texts(value: Any, key: str) -> list[str]:
    if not isinstance(value, list):
        raise InvalidMapping(f"{key} must be a list of texts.")
    return [_is_text(one, key) for one in value]


def _flag(given: Mapping[str, Any], key: str, default: bool) -> bool:
    value = given.get(key, default)
    if not isinstance(value, bool):
        raise InvalidMapping(f"{key} must be true or false.")
    return value


def _one_of(given: Mapping[str, Any], key: str, allowed: Any, default: str) -> str:
    value = given.get(key) or default
    if value not in allowed:
        raise InvalidMapping(f"{key} must be one of {', '.join(allowed)}.")
    return str(value)


def _target(name: str) -> str:
    """A target column as it will be called. Names that only the service may use are refused, others made safe."""
    if name.startswith("_") or name.lower() == "id" or name.lower() in SYSTEM_COLUMNS or not name:
        raise InvalidMapping(
            f"A column cannot be called {name[:80]!r}: id, names that start with _ and PostgreSQL's system columns are "
            "taken. Choose another target."
        )
    return column_names([name])[0]


def _mappings(given: Any) -> dict[str, str] | None:
    found: dict[str, str] = {}
    for target, source in _object(given, "mappings").items():
        name = _target(target)
        if name in found:
            raise InvalidMapping(f"mappings has two targets that come to the same column {name!r}.")
        found[name] = _is_text(source, f"mappings.{target}")
    return found or None


def _date_rules(given: Any) -> tuple[DateRule, ...]:
    if given is None:
        return ()
    if not isinstance(given, list):
        raise InvalidMapping("datetime_transformations must be a list.")
    return tuple(_date_rule(_object(rule, "datetime_transformations")) for rule in given)


def _date_rule(rule: dict[str, Any]) -> DateRule:
    _known_keys("datetime_transformations", rule)
    found = DateRule(
        field=_is_text(rule.get("field"), "datetime_transformations.field"),
        source_format=_is_text(rule.get("source_format"), "datetime_transformations.source_format"),
        target_format=_text(rule, "target_format") or "",
    )
    try:
        format_pattern(found.source_format)
    except ValueError as error:
        raise InvalidMapping(f"source_format of {found.field!r}: {error}.") from None
    return found


def _max_errors(given: Any) -> MaxErrors:
    if given is None:
        return MaxErrors()
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return MaxErrors(count=given)
    limits = _object(given, "max_errors")
    _known_keys("max_errors", limits)
    for key, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise InvalidMapping(f"max_errors.{key} must be a number from 0 on.")
    return MaxErrors(**{key: value if key == "share" else int(value) for key, value in limits.items()})


def _source_options(given: dict[str, Any]) -> dict[str, Any]:
    for key, value in given.items():
        if key == "null_tokens":
            _texts(value, "source_options.null_tokens")
        elif key == "header_row":
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise InvalidMapping("source_options.header_row must be a number from 0 on; 0 means no header.")
        else:
            _is_text(value, f"source_options.{key}")
    if given.get("date_order", "YMD") not in ("YMD", "MDY", "DMY"):
        raise InvalidMapping("source_options.date_order must be one of YMD, MDY, DMY.")
    if given.get("decimal", ".") not in (".", ",") or given.get("thousands", "") not in ("", ",", ".", " ", "'"):
        raise InvalidMapping("source_options.decimal is . or , and thousands one of , . ' or a space.")
    return given
