"""Store every skipped row of a file, complete, and every error."""

from __future__ import annotations

from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from imports.column_types.wire import (
    Pieces,
    bytes_field,
    constant,
    jsonb_field,
    number_field,
    text_field,
)
from imports.conversion.convert import TypedBatch
from imports.conversion.problems import chunk_number
from imports.models import Outcome
from imports.tables.matches import Matches
from imports.tables.rows import copy_in

_ERRORS = sql.SQL(
    "COPY mapping_errors (import_id, record_number, location, error_type, error_message, error_details,"
    " source_field, target_field, source_value, chunk_number) FROM STDIN (FORMAT binary)"
).format()
_KEPT = sql.SQL(
    "COPY imports_kept_record (import_id, record_number, location, fate, reason_code, reason, original,"
    " mapped, matched_import_id, matched_record_number, differs) FROM STDIN (FORMAT binary)"
).format()

_UNREAD_KEYS = sql.SQL("COPY imports_unread_key (import_id, record_number) FROM STDIN (FORMAT binary)").format()


class Ledger:
    """Write the skipped rows and the errors of one import, in bulk, within the import's transaction."""

    def __init__(self, import_id: UUID) -> None:
        self.import_id = import_id

    def note(self, batch: TypedBatch) -> None:
        """Write the errors of a batch, and its rejected and filtered rows."""
        self.note_problems(batch.problems)
        self.keep(batch.rejected, Outcome.REJECTED)
        self.keep(batch.filtered, Outcome.FILTERED)

    def note_problems(self, problems: pa.RecordBatch) -> None:
        """Write errors. problems: convert.ERROR_SCHEMA with `location`, in the order of the rows."""
        if not len(problems):
            return
        numbers = problems.column("record_number")
        copy_in(_ERRORS, [
            constant(self.import_id.bytes),
            number_field(numbers, wire=">i4"),
            text_field(problems.column("location")),
            text_field(problems.column("error_type")),
            text_field(problems.column("error_message")),
            jsonb_field(problems.column("error_details")),
            text_field(pc.utf8_slice_codeunits(problems.column("source_field"), 0, 255)),
            text_field(problems.column("target_field")),
            text_field(problems.column("source_value")),
            number_field(chunk_number(numbers), wire=">i4"),
        ])  # fmt: skip

    def keep(self, skipped: pa.RecordBatch, outcome: Outcome) -> None:
        """Write rejected or filtered rows, which match no row of the table.

        skipped: SKIPPED_SCHEMA with `location`.
        """
        no_match = pa.nulls(len(skipped), pa.string())
        self._keep(skipped, outcome, [text_field(no_match)] * 3)

    def keep_duplicates(self, skipped: pa.RecordBatch, matches: Matches) -> None:
        """Write duplicates. skipped: SKIPPED_SCHEMA with `location`, one row for each match, in the same order."""
        self._keep(skipped, Outcome.DUPLICATE, [
            bytes_field(matches.import_ids),
            number_field(matches.matched_record_numbers, wire=">i4"),
            jsonb_field(matches.differs),
        ])  # fmt: skip

    def note_unread_keys(self, record_numbers: pa.Array) -> None:
        """Write the records that repeat nothing, because a cell of their key could not be read."""
        if len(record_numbers):
            copy_in(_UNREAD_KEYS, [constant(self.import_id.bytes), number_field(record_numbers, wire=">i4")])

    def _keep(self, skipped: pa.RecordBatch, outcome: Outcome, matched: list[Pieces]) -> None:
        if not len(skipped):
            return
        copy_in(_KEPT, [
            constant(self.import_id.bytes),
            number_field(skipped.column("record_number"), wire=">i4"),
            text_field(skipped.column("location")),
            constant(str(outcome).encode()),
            text_field(skipped.column("reason_code")),
            text_field(skipped.column("reason")),
            text_field(skipped.column("original")),
            text_field(skipped.column("mapped")),
            *matched,
        ])  # fmt: skip
