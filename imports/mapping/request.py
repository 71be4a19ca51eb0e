"""The mapping of a request: the keys it may have, checked by name. What it comes to for one file is plan.py's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.db.models import TextChoices

from imports.column_types import ColumnType, Reading, column_type
from imports.column_types.date_formats import FormatError, check_format
from imports.column_types.date_readings import check_source_format
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.errors import InvalidMapping
from imports.mapping import messages
from imports.mapping.filters import Filter
from imports.mapping.json_values import (
    as_name,
    as_names,
    as_object,
    as_objects,
    as_text,
    as_texts,
    flag,
    known_keys,
    one_of,
    refuse_unstorable,
    target_column,
    text_or_none,
)
from imports.mapping.limits import refuse_large, refuse_long_name, refuse_many_rules
from imports.mapping.parse_rules import filters_of, transformations_of
from imports.mapping.transformations import Rule


class OnError(TextChoices):
    """What happens to a record with a value that does not fit."""

    NULL = "null"  #: the record is loaded, the cell is NULL, a mapping error is recorded
    REJECT_ROW = "reject_row"  #: the whole row is rejected
    ABORT = "abort"  #: nothing is loaded


class OnMatch(TextChoices):
    """What happens to a record whose key, or whose whole row, the table already has."""

    SKIP = "skip"  #: the record is a duplicate
    UPDATE = "update"  #: its values replace those of the row, in the columns that the file fills
    FILL = "fill"  #: its values fill what is NULL in the row
    INSERT = "insert"  #: nothing is compared, every record is inserted

    @property
    def changes_rows(self) -> bool:
        return self in (OnMatch.UPDATE, OnMatch.FILL)


DATE_ORDERS = ("YMD", "MDY", "DMY")
STRATEGIES = ("auto", "new_table", "merge_exact", "extend_table", "adapt_data")
KEYS: dict[str, tuple[str, ...]] = {
    "mapping": (
        "table_name", "mappings", "db_schema", "strategy", "rules", "unique_columns", "duplicate_check",
        "check_duplicates", "on_error", "max_errors", "source_options",
    ),
    "rules": ("datetime_transformations", "transformations", "filter_rows"),
    "datetime_transformations": ("field", "source_format", "target_format"),
    "duplicate_check": (
        "enabled", "check_file_level", "force_import", "allow_duplicates", "uniqueness_columns", "on_match",
    ),
    "max_errors": ("count", "share", "minimum"),
    "source_options": (
        "encoding", "delimiter", "quote", "escape", "header_row", "header_rows", "first_row", "last_row", "sheet",
        "columns", "record_path", "header_path", "lists", "named_fields", "nested", "archive", "member", "decimal",
        "thousands", "date_order", "pivot_year",
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
    """rules.datetime_transformations: an explicit format, obeyed. Several for one field are tried in their order."""

    field: str  # header of the file, or target column
    source_format: str
    target_format: str = ""


@dataclass(frozen=True)
class SavedVersion:
    """The version of a saved mapping that a request uses."""

    mapping_id: int
    name: str
    version: int
    changed: tuple[str, ...] = ()  # keys of the mapping for which the request says something else

    def as_json(self) -> dict[str, Any]:
        """Return it as the import's record and the findings of a preview have it."""
        return {"id": self.mapping_id, "name": self.name, "version": self.version, "changed": list(self.changed)}

    def but(self, keys: Iterable[str]) -> SavedVersion:
        """Return it with more keys that are changed."""
        return replace(self, changed=tuple(sorted({*self.changed, *keys})))


@dataclass(frozen=True)
class MappingRequest:
    """A requested mapping; everything may be absent."""

    table_name: str | None = None
    mappings: Mapping[str, str] | None = None  # target column -> header of the file; None: every column
    db_schema: Mapping[str, ColumnType] = field(default_factory=dict)  # target column -> type
    strategy: str = "auto"
    date_rules: tuple[DateRule, ...] = ()
    transformations: tuple[Rule, ...] = ()
    filter_rows: tuple[Filter, ...] = ()
    unique_columns: tuple[str, ...] = ()
    on_match: OnMatch = OnMatch.SKIP
    check_file_level: bool = True
    force_import: bool = False
    on_error: OnError = OnError.NULL
    max_errors: MaxErrors = MaxErrors()
    source_options: Mapping[str, Any] = field(default_factory=dict)
    as_given: Mapping[str, Any] = field(default_factory=dict)  # for mapping_config
    saved: SavedVersion | None = None  # that it uses

    @property
    def check_duplicates(self) -> bool:
        return self.on_match != OnMatch.INSERT

    @property
    def null_tokens(self) -> tuple[str, ...]:
        return tuple(self.source_options.get("null_tokens", DEFAULT_NULL_TOKENS))

    @property
    def is_open(self) -> bool:
        """Whether nothing is asked for but how to read the file."""
        return self.saved is None and not self.as_given.keys() - {"source_options"}

    @property
    def needs_whole_file(self) -> bool:
        """Whether what is asked for can only be done with every record known: rules, and limits of errors."""
        limited = self.on_error == OnError.ABORT or self.max_errors != MaxErrors()
        return bool(self.transformations or self.filter_rows or limited)

    @property
    def date_order(self) -> str:
        """The order that is taken where a column fits several."""
        return self.source_options.get("date_order") or settings.ATLAS_DATE_ORDER


def parse_mapping(source: str | bytes | Mapping[str, Any] | None) -> MappingRequest:
    """Convert JSON text or its object to a MappingRequest. Raises InvalidMapping with the key and what it may hold."""
    mapping = as_object(source)
    refuse_large(mapping)
    rules = as_object(mapping.get("rules"), "rules")
    refuse_large(rules)
    refuse_many_rules(rules)
    return parse_stored(mapping)


def parse_stored(mapping: Mapping[str, Any]) -> MappingRequest:
    """Convert a mapping that may be of a version that allowed more rules and longer names. Raises InvalidMapping."""
    refuse_unstorable(mapping)
    known_keys("mapping", mapping, KEYS["mapping"])
    rules = _section(mapping, "rules")
    duplicates = _section(mapping, "duplicate_check")
    options = _source_options(_section(mapping, "source_options"))
    unique_columns = _unique_columns(mapping, duplicates)
    return MappingRequest(
        table_name=_table_name(mapping),
        mappings=_by_target(mapping.get("mappings"), "mappings") or None,
        db_schema={
            name: column_type(sql_type) for name, sql_type in _by_target(mapping.get("db_schema"), "db_schema").items()
        },
        strategy=one_of(mapping, "strategy", STRATEGIES, "auto"),
        date_rules=tuple(
            _date_rule(rule) for rule in as_objects(rules.get("datetime_transformations"), "datetime_transformations")
        ),
        transformations=transformations_of(rules.get("transformations")),
        filter_rows=filters_of(rules.get("filter_rows"), number_reading(options)),
        unique_columns=unique_columns,
        on_match=_on_match(mapping, duplicates, unique_columns),
        check_file_level=_compares(mapping, duplicates) and flag(duplicates, "check_file_level", True),
        force_import=flag(duplicates, "force_import", False),
        on_error=OnError(one_of(mapping, "on_error", OnError.values, "null")),
        max_errors=_max_errors(mapping.get("max_errors")),
        source_options=options,
        as_given=mapping,
    )


def _table_name(mapping: Mapping[str, Any]) -> str | None:
    name = text_or_none(mapping, "table_name")
    return name and as_name(name, "table_name")


def _section(mapping: Mapping[str, Any], key: str) -> dict[str, Any]:
    section = as_object(mapping.get(key), key)
    known_keys(key, section, KEYS[key])
    return section


def _compares(mapping: Mapping[str, Any], duplicates: Mapping[str, Any]) -> bool:
    """Return whether none of the older keys says that nothing is compared."""
    enabled = flag(mapping, "check_duplicates", True) and flag(duplicates, "enabled", True)
    return enabled and not flag(duplicates, "allow_duplicates", False)


def _on_match(mapping: Mapping[str, Any], duplicates: Mapping[str, Any], key: Sequence[str]) -> OnMatch:
    """Return what the keys of the mapping say together. Raises InvalidMapping where they say different things."""
    compares = _compares(mapping, duplicates)
    if "on_match" not in duplicates:
        return OnMatch.SKIP if compares else OnMatch.INSERT
    on_match = OnMatch(one_of(duplicates, "on_match", OnMatch.values, "skip"))
    inserts = on_match == OnMatch.INSERT
    if (not compares and not inserts) or (inserts and duplicates.get("allow_duplicates") is False):
        raise InvalidMapping(messages.ON_MATCH_CONTRADICTED(on_match=str(on_match)))
    if on_match.changes_rows and not key:
        raise InvalidMapping(messages.ON_MATCH_WITHOUT_KEY(on_match=str(on_match)))
    return on_match


def _unique_columns(mapping: Mapping[str, Any], duplicates: Mapping[str, Any]) -> tuple[str, ...]:
    """Return two keys for one thing: both may be there, but not say different things."""
    columns = as_names(mapping.get("unique_columns") or [], "unique_columns")
    uniqueness_columns = as_names(duplicates.get("uniqueness_columns") or [], "duplicate_check.uniqueness_columns")
    if columns and uniqueness_columns and set(columns) != set(uniqueness_columns):
        raise InvalidMapping(messages.KEYS_DIFFER())
    return tuple(columns or uniqueness_columns)


def _by_target(value: Any, key: str) -> dict[str, str]:
    """Return an object of texts by target column, as the columns will be called."""
    texts: dict[str, str] = {}
    for target, text in as_object(value, key).items():
        refuse_long_name(target, key)
        name = target_column(target)
        if name in texts:
            raise InvalidMapping(messages.SAME_TARGET_COLUMN(key=key, column=name))
        texts[name] = as_name(text, f"{key}.{target}")
    return texts


def _date_rule(rule: dict[str, Any]) -> DateRule:
    known_keys("datetime_transformations", rule, KEYS["datetime_transformations"])
    date_rule = DateRule(
        field=as_text(rule.get("field"), "datetime_transformations.field"),
        source_format=as_text(rule.get("source_format"), "datetime_transformations.source_format"),
        target_format=text_or_none(rule, "target_format") or "",
    )
    _check_format(date_rule, "source_format", check_source_format)
    if date_rule.target_format:
        _check_format(date_rule, "target_format", check_format)
    return date_rule


def _check_format(rule: DateRule, key: str, check: Callable[[str], None]) -> None:
    date_format = getattr(rule, key)
    try:
        check(date_format)
    except FormatError as error:
        why = error.message.as_json()
        raise InvalidMapping(
            messages.INVALID_DATE_FORMAT(key=key, format=date_format[:80], field=rule.field[:80], why=why)
        ) from None


def _max_errors(limits: Any) -> MaxErrors:
    if limits is None:
        return MaxErrors()
    if isinstance(limits, int) and not isinstance(limits, bool) and limits >= 0:
        return MaxErrors(count=limits)
    if not isinstance(limits, Mapping):
        raise InvalidMapping(messages.MAX_ERRORS_EXPECTED())
    limits = dict(limits)
    known_keys("max_errors", limits, KEYS["max_errors"])
    for key, value in limits.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise InvalidMapping(messages.COUNT_EXPECTED(key=f"max_errors.{key}"))
    return MaxErrors(**{key: value if key == "share" else int(value) for key, value in limits.items()})


def number_reading(options: Mapping[str, Any]) -> Reading:
    """Return how the file writes numbers, as far as source_options set it."""
    thousands = options.get("thousands", "")
    return Reading(options.get("decimal", "," if thousands == "." else "."), thousands)


def _source_options(options: dict[str, Any]) -> dict[str, Any]:
    for key, value in options.items():
        if key in ("null_tokens", "lists", "named_fields"):
            as_texts(value, f"source_options.{key}")
        elif key == "pivot_year":
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
                raise InvalidMapping(messages.PIVOT_YEAR_EXPECTED())
        elif key in ("header_row", "header_rows", "first_row", "last_row"):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                expected = messages.COUNT_EXPECTED(key=f"source_options.{key}")
                raise InvalidMapping(messages.HEADER_ROW_EXPECTED() if key == "header_row" else expected)
        else:
            as_text(value, f"source_options.{key}")
    if options.get("date_order", "YMD") not in DATE_ORDERS:
        raise InvalidMapping(messages.VALUE_NOT_ALLOWED(name="date_order", allowed=list(DATE_ORDERS)))
    if options.get("decimal", ".") not in (".", ",") or options.get("thousands", "") not in ("", ",", ".", " ", "'"):
        raise InvalidMapping(messages.NUMBER_MARKS_EXPECTED())
    if "decimal" in options and options["decimal"] == options.get("thousands"):
        raise InvalidMapping(messages.SAME_NUMBER_MARKS())
    return options
