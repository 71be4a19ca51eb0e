"""An invariant of import records: a query that finds its violations in one table."""

from __future__ import annotations

from dataclasses import dataclass

from core.messages import Sentence


@dataclass(frozen=True)
class Invariant:
    """One invariant. The query's first column is the violating import, the others are its sentence's parameters.

    Without a sentence, a column `code` names it.
    """

    name: str
    sentence: Sentence | None
    #: With {table}: the data table; %(table)s: its name; %(by_imports)s: whether imports created it; {manually_edited}:
    #: whether its row `held` was changed manually; and the pieces of invariants.py.
    query: str
    needs_table: bool = False  # reads the data table
