"""What is said about the values of columns of an import, which changes nothing of how they are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from core.messages import Message
from imports.column_types.currencies import distinct_currencies
from imports.inference.best_reading import Written
from imports.inference.profile import ColumnProfile
from imports.planning import messages
from imports.planning.decide import Decision
from imports.planning.plan import PlannedColumn
from imports.table_description import MAX_EARLIER, EarlierImport

#: An amount in whole units, or a room, a course, a document.
_CODE = re.compile(r"[A-Z]{3} ?\d+")


def currency_of(decision: Decision, profile: ColumnProfile) -> str:
    """Return the one currency that the amounts of a column are in; empty where there is none, or several."""
    currencies = _currencies(decision, profile)
    return currencies.pop() if len(currencies) == 1 else ""


def notation_warnings(
    name: str, profile: ColumnProfile, decision: Decision, earlier: Sequence[EarlierImport], *, is_new: bool
) -> Iterator[Message]:
    """Yield what to say of a column of numbers. earlier: the active imports of the table, the latest first."""
    if not decision.taken.sql_type.is_number:
        return
    written = decision.written or Written()
    if written.leading_zeros and not is_new:
        yield messages.LEADING_ZEROS(column=name, values=written.leading_zeros, example=written.zero_example)
    currencies = _currencies(decision, profile)
    if len(currencies) > 1:
        yield messages.CURRENCIES_REMOVED(column=name, currencies=sorted(currencies))
    elif is_new and decision.taken.sql_type.is_whole and (code := _like_codes(profile)):
        yield messages.AMOUNTS_OR_CODES(column=name, value=code, currency=code[:3])
    before = {currency for one in earlier for currency in _currency_in(one, name)}
    if (
        len(currencies) == 1
        and before
        and len(distinct_currencies(currencies | before)) > len(distinct_currencies(before))
    ):
        yield messages.OTHER_CURRENCY(column=name, currency=currencies.pop(), before=sorted(before))
    of_values = decision.written or profile
    if of_values.dashes and (currencies or of_values.has_parentheses):
        yield messages.DASHES_ARE_EMPTY(column=name, values=of_values.dashes)


def exponent_warning(name: str, profile: ColumnProfile, decision: Decision) -> Iterator[Message]:
    """Yield what to say of a column of numbers that was inferred as text, because some may be codes."""
    if decision.taken.sql_type.name == "TEXT" and profile.exponent_among_numbers:
        yield messages.EXPONENT_AMONG_NUMBERS(column=name, value=profile.exponent_among_numbers)


def no_values_warning(
    columns: Sequence[PlannedColumn], typed: Collection[str], earlier: Sequence[EarlierImport]
) -> Iterator[Message]:
    """Yield which columns of the table are text only because it has no value in them.

    typed: the columns that would have another type in a new table.
    """
    if not earlier or len(earlier) == MAX_EARLIER:
        return  # there may be more imports than these
    plans = [{column["name"]: column for column in _columns_of(one)} for one in earlier]
    if not all(plans):
        return
    found = [
        column.name for column in columns
        if column.name in typed and not column.is_new and column.sql_type.sql == "TEXT"
        and all(plan[column.name].get("empty") for plan in plans if column.name in plan)
    ]  # fmt: skip
    if found:
        yield messages.NO_VALUES_BEFORE(columns=found)


def _like_codes(profile: ColumnProfile) -> str:
    """Return the first value, if the first ones are whole numbers behind the letters of a currency."""
    values = [value.strip() for value in profile.first_values if any(map(str.isdigit, value))]
    return values[0] if profile.currencies and values and all(map(_CODE.fullmatch, values)) else ""


def _currencies(decision: Decision, profile: ColumnProfile) -> set[str]:
    if not decision.taken.sql_type.is_number:
        return set()
    return distinct_currencies(decision.written.currencies if decision.written else profile.currencies)


def _currency_in(earlier: EarlierImport, name: str) -> Iterator[str]:
    for column in _columns_of(earlier):
        if column["name"] == name and column.get("currency"):
            yield column["currency"]


def _columns_of(earlier: EarlierImport) -> Sequence[dict[str, Any]]:
    columns = earlier.config.get("columns")
    return columns if isinstance(columns, list) else []  # else an import by a caller's own code
