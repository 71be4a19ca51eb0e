"""The columns of an import as its plan has them, and how their texts become values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import ColumnType, Reading, column_type, null_mask
from imports.column_types.base import keep_where, rules_version_of
from imports.column_types.cast import canonical_texts
from imports.column_types.formula_texts import inside_formulas
from imports.column_types.null_tokens import null_tokens_of


@dataclass(frozen=True)
class ReadColumn:
    """A column of the table as an import reads it."""

    name: str
    header: str  # as the file spells it
    sql_type: ColumnType
    reading: Reading
    null_tokens: frozenset[str]
    formulas: bool = False  # whether ="00123" is the text 00123


def read_columns(config: Mapping[str, Any] | None) -> dict[str, ReadColumn]:
    """Return the columns of a mapping_config by name; none for imports of other programs."""
    columns = (config or {}).get("columns") or []
    tokens = null_tokens_of((config or {}).get("source_options") or {})
    version = rules_version_of(config)
    return {
        column["name"]: ReadColumn(
            column["name"],
            column["header"],
            column_type(column["sql_type"]),
            Reading.of_config({**column, "rules_version": version}),
            tokens,
            column.get("formulas", False),
        )
        for column in columns
    }


@dataclass(frozen=True)
class Typed:
    """What some texts become in a column. Arrays of equal length."""

    fits: pa.Array  # boolean, without nulls
    values: pa.Array  # canonical texts; null where there is no value or the text does not fit


def typed(texts: pa.Array, column: ReadColumn, reading: Reading | None = None) -> Typed:
    """Return what texts become in a reading, by default the column's own, or as the type itself writes its values."""
    if column.sql_type.name == "TEXT":
        values = keep_where(texts, column.sql_type.canonical(texts))
        return Typed(pc.is_valid(values), values)
    words = pc.utf8_trim_whitespace(texts)
    words = inside_formulas(words) if column.formulas else words
    is_null = pc.fill_null(null_mask(words, column.null_tokens), True)
    values = canonical_texts(words, is_null, column.sql_type, reading or column.reading)
    if reading is None:
        plain = pc.if_else(is_null, pa.scalar(None, pa.string()), words)
        values = pc.coalesce(values, keep_where(plain, column.sql_type.canonical(plain)))
    return Typed(pc.or_(is_null, pc.is_valid(values)), column.sql_type.display_text(values))
