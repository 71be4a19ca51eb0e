"""`="00123"` in a delimited file: the formula by which programs keep a spreadsheet from reading a text as a number."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import any_true

_FORMULA = r"(?s)\A=\"(?:[^\"]|\"\")*\"\z"


def formula_mask(texts: pa.Array) -> pa.Array:
    """Return a mask of the texts that are such a formula; other formulas calculate something."""
    begins = pc.starts_with(texts, '="')
    if not any_true(begins):
        return begins
    return pc.and_(begins, pc.match_substring_regex(texts, _FORMULA))


def inside_formulas(texts: pa.Array) -> pa.Array:
    """Return the texts that such formulas give; other texts as they are."""
    is_formula = formula_mask(texts)
    if not any_true(is_formula):
        return texts
    inside = pc.utf8_slice_codeunits(texts.filter(is_formula), 2, -1)
    return pc.replace_with_mask(texts, is_formula, pc.replace_substring(inside, '""', '"'))
