"""What a proposal makes of texts: the values that the column would have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from imports.errors import MAX_SOURCE_VALUE_LENGTH
from imports.proposals.column import ReadColumn, Typed, typed
from imports.proposals.proposal import Proposal, ProposalKind

_NULL = pa.scalar(None, pa.string())


def applied(proposal: Proposal, texts: pa.Array, column: ReadColumn) -> Typed:
    """Return what the texts become. texts: without nulls, as their errors have them.

    A text that may have been cut fits nothing that depends on it.
    """
    params = proposal.params
    if proposal.kind == ProposalKind.VALUE:
        return _one_value(params["value"], texts, column)
    made = _applied(proposal, texts, column)
    return _where(pc.less(pc.utf8_length(texts), MAX_SOURCE_VALUE_LENGTH), made)


def _applied(proposal: Proposal, texts: pa.Array, column: ReadColumn) -> Typed:
    params = proposal.params
    if proposal.kind in (ProposalKind.DATE_ORDER, ProposalKind.DATE_FORMAT):
        reading = replace(column.reading, source_format=params["source_format"], other_formats=())
        return typed(texts, column, reading)
    if proposal.kind in (ProposalKind.DECIMAL_MARK, ProposalKind.THOUSANDS):
        reading = replace(column.reading, decimal=params["decimal"], thousands=params["thousands"])
        return typed(texts, column, reading)
    if proposal.kind == ProposalKind.NULL_TOKEN:
        is_token = pc.is_in(pc.utf8_trim_whitespace(texts), value_set=pa.array(params["tokens"], pa.string()))
        return Typed(is_token, pa.nulls(len(texts), pa.string()))
    changed = _trimmed(texts, params) if proposal.kind == ProposalKind.TRIM else _replaced(texts, params)
    made = typed(pc.fill_null(changed, ""), column)
    return _where(pc.is_valid(changed), made)


def _trimmed(texts: pa.Array, params: Mapping[str, str]) -> pa.Array:
    """Return the texts without prefix and suffix; null where one of them is missing."""
    prefix, suffix = params.get("prefix", ""), params.get("suffix", "")
    words = pc.utf8_trim_whitespace(texts)
    has_both = pc.and_(pc.starts_with(words, prefix), pc.ends_with(words, suffix))
    has_both = pc.and_(has_both, pc.greater_equal(pc.utf8_length(words), len(prefix) + len(suffix)))
    inner = pc.utf8_slice_codeunits(words, len(prefix), -len(suffix) if suffix else None)
    return pc.if_else(has_both, inner, _NULL)


def _replaced(texts: pa.Array, params: Mapping[str, Mapping[str, str]]) -> pa.Array:
    """Return the texts with others in their place; null for those that are not replaced."""
    if "characters" in params:
        changed = texts
        for before, after in params["characters"].items():
            changed = pc.replace_substring(changed, before, after)
        return pc.if_else(pc.not_equal(changed, texts), changed, _NULL)
    pairs = params["values"]
    at = pc.index_in(pc.utf8_trim_whitespace(texts), value_set=pa.array([*pairs], pa.string()))
    return pa.array([*pairs.values()], pa.string()).take(at)


def _one_value(value: str | None, texts: pa.Array, column: ReadColumn) -> Typed:
    if value is None:
        return Typed(pa.repeat(True, len(texts)), pa.nulls(len(texts), pa.string()))
    made = typed(pa.array([value], pa.string()), column)
    fits, values = made.fits[0].as_py(), made.values[0].as_py()
    return Typed(pa.repeat(fits, len(texts)), pa.repeat(pa.scalar(values, pa.string()), len(texts)))


def _where(mask: pa.Array, made: Typed) -> Typed:
    """Return what fits where the mask is true."""
    fits = pc.and_(made.fits, pc.fill_null(mask, False))
    return Typed(fits, pc.if_else(fits, made.values, _NULL))
