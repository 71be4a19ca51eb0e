"""What is said of rows that were not compared by a key, or might have been duplicates by one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.conversion.convert import TypedBatch
from imports.conversion.keys import empty_keys
from imports.loading import messages
from imports.mapping.request import OnMatch
from imports.planning.plan import ImportPlan
from imports.table_description import TableDescription
from imports.tables.nearly_equal import NearlyEqual, nearly_equal
from imports.tables.staging import Matched, Stage


class KeyWarnings:
    """Count the rows that are compared with nothing, and find those that nearly equal rows of the table."""

    def __init__(self, plan: ImportPlan) -> None:
        self._plan = plan
        self.empty = 0  # rows without a value in any column of the key
        self.unread = 0  # rows with a cell of the key that could not be read
        self._matched = Matched()
        self._nearly_equal: NearlyEqual | None = None

    def add(self, batch: TypedBatch) -> pa.Array:
        """Count the rows of a batch; return the numbers of the unread keys that are not empty."""
        empty = empty_keys(batch.columns, batch.record_numbers, self._plan)
        unread_and_not_empty = batch.unread_keys.filter(pc.invert(pc.is_in(batch.unread_keys, empty)))
        self.unread += len(batch.unread_keys)
        self.empty += len(empty) - (len(batch.unread_keys) - len(unread_and_not_empty))
        return unread_and_not_empty

    def compare(self, stage: Stage, table: TableDescription | None, *, indexed: bool) -> None:
        """Compare the rows of the stage whose duplicates were found. table: before the import."""
        self._matched = stage.matched
        if table and not stage.key:
            older = [column.name for column in table.columns if column.name in stage.compared]
            self._nearly_equal = nearly_equal(stage, older, indexed=indexed)

    def warnings(self) -> list[Message]:
        key, warnings = list(self._plan.unique_columns), []
        if self.empty:
            warnings.append(messages.EMPTY_KEYS(rows=self.empty, key=key))
        if self.unread:
            warnings.append(messages.UNREAD_KEYS(rows=self.unread, key=key))
        if self._matched.several:
            warnings.append(messages.KEY_NOT_UNIQUE(keys=self._matched.several, key=key))
        if self._matched.differing and self._plan.on_match == OnMatch.SKIP:
            counts = {"differing": self._matched.differing, "matched": self._matched.of_table}
            warnings.append(messages.DIFFERING_ROWS(**counts, key=key))
        if self._nearly_equal:
            warnings.append(_nearly_equal_rows(self._nearly_equal))
        return warnings


def _nearly_equal_rows(found: NearlyEqual) -> Message:
    params = {"equal": found.equal, "compared": found.compared, "columns": list(found.differing)}
    if found.key:
        return messages.NEARLY_EQUAL_ROWS(**params, key=found.key)
    return messages.NEARLY_EQUAL_ROWS_WITHOUT_KEY(**params)
