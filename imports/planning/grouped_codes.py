"""Whether digits in groups, `501 234 567` or `192.168.100.101`, are numbers or codes.

Codes are addresses, part numbers, telephone numbers. Commas and apostrophes divide thousands more often than codes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import matches
from imports.inference.candidates import Candidate
from imports.inference.profile import ColumnProfile
from imports.planning import messages
from imports.planning.digit_groups import TYPESET_SPACE, DigitGroups
from imports.planning.evidence import DECIMAL, DELIMITER, OWN_VALUES, SAME_COLUMN, SQL_TYPE, THOUSANDS, Evidence

_DIVIDERS = (".", " ")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = rf"{_OCTET}(?:\.{_OCTET}){{3}}"


def grouped_by(candidates: Sequence[Candidate]) -> str:
    """Return the separator of thousands that codes have too, of the number that is read first; empty for others."""
    first = next((candidate for candidate in candidates if candidate.sql_type.is_number), None)
    return first.reading.thousands if first and first.reading.thousands in _DIVIDERS else ""


def are_codes(
    profile: ColumnProfile,
    divider: str,
    groups: DigitGroups,
    evidence: Collection[Evidence],
    chunks: Iterable[pa.Array],
    *,
    is_asked_for: bool,
) -> bool:
    """Return whether nothing shows that the groups are thousands.

    groups: of the column; evidence: of other columns and earlier imports; is_asked_for: whether the request names the
    separators of the file.
    """
    if divider == "." and groups.groups == {4} and _are_addresses(chunks):
        return True
    whole = [candidate for candidate in profile.all_fitting() if candidate.sql_type.is_whole]
    if is_asked_for or not whole or profile.currencies or groups.are_thousands or TYPESET_SPACE in groups.marks:
        return False
    about = {(THOUSANDS, divider), *([(DECIMAL, ",")] if divider == "." else [])}
    weights = [item.weight for item in evidence if (item.about, item.value) in about and item.weight > DELIMITER]
    if _like_telephone_numbers(groups):
        return SAME_COLUMN not in weights
    return not weights


def code_evidence() -> Evidence:
    """Return why such a column is text."""
    return Evidence(SQL_TYPE, "TEXT", OWN_VALUES, messages.GROUPS_OF_CODES())


def _like_telephone_numbers(groups: DigitGroups) -> bool:
    """Return whether all have as many groups, at least three, and three digits in the first."""
    return groups.groups.isdisjoint({1, 2}) and groups.shortest_first == 3


def _are_addresses(chunks: Iterable[pa.Array]) -> bool:
    return all(
        pc.all(matches(pc.utf8_trim_whitespace(texts.drop_null()), _ADDRESS)).as_py() is not False for texts in chunks
    )
