"""Arrow columns -> fields of a binary COPY, without touching a value in Python.

A field is a column of bytes: its length, then its value, as PostgreSQL's types send and receive theirs.
"""

from __future__ import annotations

import struct
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

DAYS_TO_2000 = 10_957  # of dates and times; PostgreSQL counts from 2000
MICROSECONDS_TO_2000 = DAYS_TO_2000 * 86_400_000_000

_NULL = pa.scalar(b"\xff\xff\xff\xff", pa.binary())
_NOTHING = pa.scalar(b"", pa.binary())

#: One field as the pieces that Arrow joins: byte arrays, or a scalar that is the same in every row.
Pieces = list[pa.Array | pa.Scalar]


def constant(value: bytes) -> Pieces:
    """Return the same bytes in every row."""
    return [pa.scalar(struct.pack(">i", len(value)) + value, pa.binary())]


def text_field(texts: pa.Array) -> Pieces:
    lengths = pc.fill_null(pc.binary_length(texts), -1).to_numpy(zero_copy_only=False).astype(">i4")
    return [_packed(lengths.view(np.uint8).reshape(len(texts), 4)), pc.fill_null(texts.cast(pa.binary()), b"")]


def jsonb_field(texts: pa.Array) -> Pieces:
    """Return a version byte and the text of each value."""
    return text_field(pc.binary_join_element_wise(b"\x01", texts.cast(pa.binary()), _NOTHING))


def number_field(values: pa.Array, *, wire: str, shift: int = 0) -> Pieces:
    """Return numbers of a fixed width. wire: the numpy type on the wire; shift: subtracted first, for another epoch."""
    numbers = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
    if shift:
        numbers = numbers - shift
    return _fixed(numbers.astype(wire).view(np.uint8).reshape(len(values), np.dtype(wire).itemsize), values)


def bytes_field(values: pa.Array) -> Pieces:
    """Return byte strings of one fixed width, as of a UUID."""
    width = values.type.byte_width
    filled = pc.fill_null(values, b"\x00" * width)
    raw = np.frombuffer(filled.buffers()[1], np.uint8, len(values) * width, filled.offset * width)
    return _fixed(raw.reshape(len(values), width), values)


def numeric_field(texts: pa.Array) -> Pieces:
    """Convert canonical texts to NUMERIC, each value with its own scale."""
    filled = pc.fill_null(texts, "0")
    if (pc.max(pc.binary_length(filled)).as_py() or 0) <= _FEW_DIGITS:
        return _fixed(_short_numerics(filled), texts)
    whole = pc.replace_substring_regex(filled, r"^-|\..*$", "")
    decimals = pc.replace_substring_regex(filled, r"^[^.]*\.?", "")
    quick = pc.and_(_shorter(whole, _WHOLE_GROUPS), _shorter(decimals, _DECIMAL_GROUPS))
    rows = _long_numerics(filled, pc.if_else(quick, whole, "0"), pc.if_else(quick, decimals, "0"))
    [encoded_quickly] = _fixed(rows, texts)
    if quick.true_count == len(texts):
        return [encoded_quickly]
    rest = pc.fill_null(pc.and_(pc.invert(quick), pc.is_valid(texts)), False)
    encoded = pa.array([numeric_bytes(text) for text in texts.filter(rest).to_pylist()], pa.binary())
    return [pc.replace_with_mask(encoded_quickly, rest, _length_and_bytes(encoded))]


_FEW_DIGITS = 15  # so that a value, filled up to whole groups of four decimals, stays below 2^63
_WHOLE_GROUPS, _DECIMAL_GROUPS = 4, 5  # of four digits, that `_long_numerics` takes


def _shorter(digits: pa.Array, groups: int) -> pa.Array:
    return pc.less_equal(pc.binary_length(digits), 4 * groups)


def _short_numerics(texts: pa.Array) -> np.ndarray:
    """Convert canonical texts of at most 15 characters to ndigits, weight, sign, dscale and base-10,000 digits of
    each."""
    point = pc.find_substring(texts, ".").to_numpy(zero_copy_only=False)
    length = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    scale = np.where(point < 0, 0, length - point - 1)
    whole = pc.replace_substring(texts, ".", "").cast(pa.int64()).to_numpy(zero_copy_only=False)
    filled = np.abs(whole) * np.power(10, -scale % 4, dtype=np.int64)
    groups = max(1, -(-len(str(filled.max(initial=0))) // 4))
    row = np.zeros((len(texts), 4 + groups), dtype=">i2")
    row[:, 0] = groups
    row[:, 1] = groups - (scale + 3) // 4 - 1
    row[:, 2] = np.where(whole < 0, 0x4000, 0)
    row[:, 3] = scale
    _put_groups(row, filled, last=3 + groups, count=groups)
    return row.view(np.uint8).reshape(len(texts), -1)


def _long_numerics(texts: pa.Array, whole: pa.Array, decimals: pa.Array) -> np.ndarray:
    """Return the same for up to 16 digits before and 20 behind the point, given apart."""
    row = np.zeros((len(texts), 4 + _WHOLE_GROUPS + _DECIMAL_GROUPS), dtype=">i2")
    row[:, 0] = _WHOLE_GROUPS + _DECIMAL_GROUPS
    row[:, 1] = _WHOLE_GROUPS - 1
    row[:, 2] = np.where(pc.starts_with(texts, "-").to_numpy(zero_copy_only=False), 0x4000, 0)
    row[:, 3] = pc.binary_length(decimals).to_numpy(zero_copy_only=False)
    _put_groups(row, _number(whole), last=7, count=_WHOLE_GROUPS)
    padded = pc.utf8_rpad(decimals, 4 * _DECIMAL_GROUPS, "0")
    _put_groups(row, _number(pc.utf8_slice_codeunits(padded, 0, 16)), last=11, count=4)
    _put_groups(row, _number(pc.utf8_slice_codeunits(padded, 16, 20)), last=12, count=1)
    return row.view(np.uint8).reshape(len(texts), -1)


def _number(digits: pa.Array) -> np.ndarray:
    return digits.cast(pa.int64()).to_numpy(zero_copy_only=False)


def _put_groups(row: np.ndarray, numbers: np.ndarray, *, last: int, count: int) -> None:
    """Return the base-10,000 digits of numbers in so many columns, the least significant in the last."""
    for group in range(count):
        row[:, last - group] = numbers // 10 ** (4 * group) % 10_000


def numeric_bytes(text: str) -> bytes:
    """Return one canonical text of any length as PostgreSQL's NUMERIC sends it."""
    sign, digits, exponent = Decimal(text).as_tuple()
    scale = -int(exponent)
    filled = "".join(map(str, digits)) + "0" * (-scale % 4)
    filled = "0" * (-len(filled) % 4) + filled
    groups = [int(filled[at : at + 4]) for at in range(0, len(filled), 4)]
    weight = len(groups) - (scale + 3) // 4 - 1
    return struct.pack(f">hhHh{len(groups)}h", len(groups), weight, 0x4000 if sign else 0, scale, *groups)


def _fixed(rows: np.ndarray, values: pa.Array) -> Pieces:
    """rows: uint8, one line a value, all of one width."""
    width = np.frombuffer(struct.pack(">i", rows.shape[1]), np.uint8)
    packed = _packed(np.concatenate([np.broadcast_to(width, (len(rows), 4)), rows], axis=1))
    return [pc.if_else(pc.is_valid(values), packed, _NULL) if values.null_count else packed]


def _packed(rows: np.ndarray) -> pa.Array:
    buffer = pa.py_buffer(np.ascontiguousarray(rows))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(rows.shape[1]), len(rows), [None, buffer]).cast(pa.binary())


def _length_and_bytes(values: pa.Array) -> pa.Array:
    prefix, data = text_field(values)
    return pc.binary_join_element_wise(prefix, data, _NOTHING)
