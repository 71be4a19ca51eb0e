"""Two kinds of trouble: a file's is an exception here, a value's is data with one of the codes here."""

from __future__ import annotations

from django.db.models import TextChoices

from core.errors import AtlasError

WHOLE_RECORD = "*"  # in place of a field, where the whole record is meant


class ErrorCode(TextChoices):
    """Why a value or a record did not fit: mapping_errors.error_type. The label is its one sentence."""

    TYPE_MISMATCH = "type_mismatch", "The value is not of the column's type."
    DATETIME_CONVERSION = "datetime_conversion", "The value is not a date or time in the column's format."
    NUMBER_OVERFLOW = "number_overflow", "The number is too large for the column's type."
    TOO_LONG = "too_long", "The value or the row is longer than the database can hold."
    ROW_TOO_WIDE = "row_too_wide", "The row is wider than a page of the database can hold."
    MISSING_VALUE = "missing_value", "A value is required here and there is none."
    TOO_FEW_FIELDS = "too_few_fields", "The record has fewer fields than the header; the missing ones are NULL."
    TOO_MANY_FIELDS = "too_many_fields", "The record has more fields than the header."
    OTHER_DELIMITER = "other_delimiter", "The record is divided by another delimiter than the file."
    REPEATED_HEADER = "repeated_header", "The record repeats the header; it is left out."
    BAD_QUOTING = "bad_quoting", "The record's quotes do not match up."
    BAD_ENCODING = "bad_encoding", "The bytes are not text in the file's encoding."
    UNSTORABLE_TEXT = "unstorable_text", "The text has a character that PostgreSQL cannot store."
    DUPLICATE_KEY = "duplicate_key", "The record names the same key twice."
    NOT_A_RECORD = "not_a_record", "The element is not a record with named fields."
    EXCEL_ERROR_CELL = "excel_error_cell", "The cell holds a spreadsheet error."
    FORMULA_WITHOUT_RESULT = "formula_without_result", "The cell holds a formula whose result was not saved."
    ROW_TRANSFORMATION = "row_transformation", "A rule of the mapping failed on this record."


class UnreadableFile(AtlasError):
    """The file cannot be read as what it is: damaged, empty, encrypted, or not a table at all."""

    code = "unreadable_file"
    http_status = 422


class InvalidMapping(AtlasError):
    """The mapping itself is wrong: an unknown key, a type that is not on the list, a target that is not allowed."""

    code = "invalid_mapping"
    http_status = 400


class MappingDoesNotFit(AtlasError):
    """The mapping is well formed, but not for this file or this table."""

    code = "mapping_does_not_fit"
    http_status = 422


class RuleTooCostly(AtlasError):
    """A rule of the mapping takes too long or makes too much of this file; nothing was loaded."""

    code = "row_transformation"
    http_status = 422


class ReservedTable(AtlasError):
    """The table belongs to the service or to somebody else and can never be a destination."""

    code = "reserved_table"
    http_status = 422


class UntrackedTable(AtlasError):
    """The table has no tracking columns yet."""

    code = "untracked_table"
    http_status = 409


class CannotTrack(AtlasError):
    """The table cannot have tracking columns as it stands."""

    code = "cannot_track"
    http_status = 409


class UnknownTable(AtlasError):
    """There is no data table of that name."""

    code = "unknown_table"
    http_status = 404


class UnknownRow(AtlasError):
    """There is no such row in the table."""

    code = "unknown_row"
    http_status = 404


class UnknownFile(AtlasError):
    """No import was ever of a file with that hash."""

    code = "unknown_file"
    http_status = 404


class UnknownImport(AtlasError):
    """There is no import with that id."""

    code = "unknown_import"
    http_status = 404


class AlreadyImported(AtlasError):
    """The same bytes already stand in the same table."""

    code = "already_imported"
    http_status = 409


class TooManyErrors(AtlasError):
    """`on_error` or `max_errors` of the mapping stopped the import; nothing was loaded."""

    code = "too_many_errors"
    http_status = 422


class NothingLoaded(AtlasError):
    """Every record was rejected; nothing was loaded and no table made."""

    code = "nothing_loaded"
    http_status = 422


class ImportCancelled(AtlasError):
    """Somebody stopped the import; nothing of it stays."""

    code = "cancelled"
    http_status = 409


class TaskFinished(AtlasError):
    """The import is done; there is nothing left to cancel."""

    code = "task_finished"
    http_status = 409


class UnknownTask(AtlasError):
    """There is no task of that id."""

    code = "unknown_task"
    http_status = 404


class SourceUnavailable(AtlasError):
    """The source file cannot be had: not kept, not reachable, or gone."""

    code = "source_unavailable"
    http_status = 404


class NotConfigured(AtlasError):
    """The settings name no such source."""

    code = "not_configured"
    http_status = 404


class SourceRefused(AtlasError):
    """The place that the source is in does not let the service in."""

    code = "source_refused"
    http_status = 502


class SourceUnreachable(AtlasError):
    """The place that the source is in does not answer, or not to the end."""

    code = "source_unreachable"
    http_status = 503


class SourceChanged(AtlasError):
    """The source is no longer what it was when it was chosen; nothing of it was imported."""

    code = "source_changed"
    http_status = 409


class CannotUndo(AtlasError):
    """The import cannot be taken back as it stands."""

    code = "cannot_undo"
    http_status = 409


class CannotRedo(AtlasError):
    """The import cannot be brought back as it was."""

    code = "cannot_redo"
    http_status = 409


class TableChanged(AtlasError):
    """Somebody changed the table itself, so that it no longer is as the imports made it."""

    code = "table_changed"
    http_status = 409


class TableBusy(AtlasError):
    """Another import or undo holds the table."""

    code = "table_busy"
    http_status = 409


class Forgotten(AtlasError):
    """What is asked for was forgotten, as the settings of retention say."""

    code = "forgotten"
    http_status = 410
