"""The shape of a value: `9` for digits, `a` for words, everything else as it is. `13.2.2020` has the shape `9.9.9`."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

MAX_LENGTH = 40  # characters of a shape
CUT = "…"  # ends a shape that was longer

#: Written out, because RE2 and PostgreSQL disagree about classes such as \s and \w.
SPACES = " \t\n\x0b\x0c\r\u00a0\u2000-\u200b\u202f\u3000"
LETTERS = (
    "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff"
    "\ufe70-\ufefc\uff21-\uff3a\uff41-\uff5a\U00010000-\U0010ffff"
)
_WORDS = f"[{LETTERS}]+(?:(?:[{SPACES}]+|['\u2019-])[{LETTERS}]+)*"


def shapes_of(texts: pa.Array) -> pa.Array:
    """Return the shapes of texts, without white space around them. Words next to each other are one `a`."""
    inner = pc.replace_substring_regex(texts, f"^[{SPACES}]+|[{SPACES}]+$", "")
    words = pc.replace_substring_regex(inner, _WORDS, "a")
    shapes = pc.replace_substring_regex(pc.replace_substring_regex(words, "[0-9]+", "9"), f"[{SPACES}]+", " ")
    is_long = pc.greater(pc.utf8_length(shapes), MAX_LENGTH)
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(shapes, 0, MAX_LENGTH), CUT, "")
    return pc.if_else(is_long, cut, shapes)


def pattern_of(shape: str) -> str:
    """Return a regular expression of PostgreSQL for the texts of this shape; of a cut one, for those that begin so."""
    parts = [_pattern_of(char) for char in shape.removesuffix(CUT)]
    return f"^[{SPACES}]*{''.join(parts)}" + ("" if shape.endswith(CUT) else f"[{SPACES}]*$")


def _pattern_of(char: str) -> str:
    return {"9": "[0-9]+", "a": _WORDS, " ": f"[{SPACES}]+"}.get(char) or re.sub(r"([^\w])", r"\\\1", char)
