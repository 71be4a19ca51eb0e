"""Evidence: a reason to read a column one way rather than another, with a weight. The sum decides (decide.py).

Kinds of evidence: what other columns of the file show and what the active imports of the table stored
(file_evidence.py), and what the column's own values and header suggest (readings.py). A new kind is a function that
yields Evidence, and its sentence in messages.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.messages import Message
from imports.column_types.date_formats import date_order
from imports.inference.candidates import Candidate

#: By how much one reading must outweigh every other: else a user is asked.
DECIDES = 4

# Weights. One neighbour decides alone. It does not against the column's own history: then a user is asked.
SAME_COLUMN = 6  # earlier imports of the table, about the column itself
NEIGHBOUR = 4  # another column of the file
OTHER_COLUMN = 3  # earlier imports of the table, about another column
COLUMN_TYPE = 4  # the values fit the column in one of the readings only
HEADER = 4  # what the header says the values are
OWN_VALUES = 2  # how likely the column's own values are in one of the readings
DELIMITER = 1

# What evidence is about. All but the last are keys of source_options too.
DECIMAL, THOUSANDS, DATE_ORDER, PIVOT_YEAR = "decimal", "thousands", "date_order", "pivot_year"
SQL_TYPE = "sql_type"


@dataclass(frozen=True)
class Evidence:
    """A reason for one reading of a column."""

    about: str  # DECIMAL, THOUSANDS, DATE_ORDER, PIVOT_YEAR or SQL_TYPE
    value: str  # the separator, order, year or type that it supports
    weight: int
    reason: Message

    def supports(self, candidate: Candidate) -> bool:
        reading = candidate.reading
        values = {
            DECIMAL: reading.decimal,
            THOUSANDS: reading.thousands,
            DATE_ORDER: date_order(reading.source_format),
            PIVOT_YEAR: str(reading.pivot_year),
            SQL_TYPE: candidate.sql_type.name,
        }
        return values[self.about] == self.value

    def as_json(self) -> dict[str, Any]:
        return {"about": self.about, "value": self.value, "weight": self.weight, **self.reason.as_json()}
