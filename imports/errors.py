"""Errors of an import: exceptions for a file that cannot be imported, codes for a value that is invalid."""

from __future__ import annotations

from django.db.models import TextChoices

from core.errors import AtlasError

WHOLE_RECORD = "*"  # instead of a field, for an error of the whole row
MAX_SOURCE_VALUE_LENGTH = 500  # characters of mapping_errors.source_value, as specified; longer values are cut


class ErrorCode(TextChoices):
    """Reasons why a value or a row is invalid: mapping_errors.error_type. The label is a sentence for pages."""

    TYPE_MISMATCH = "type_mismatch", "Not a valid value for the column type."
    DATETIME_CONVERSION = "datetime_conversion", "Not a valid date or time."
    NUMBER_OVERFLOW = "number_overflow", "Number too large for the column type."
    TOO_LONG = "too_long", "Value or row too long for the database."
    ROW_TOO_WIDE = "row_too_wide", "Row too large for the database."
    MISSING_VALUE = "missing_value", "Required value missing."
    TOO_FEW_FIELDS = "too_few_fields", "Fewer values than the header; the missing ones are empty."
    TOO_MANY_FIELDS = "too_many_fields", "More values than the header."
    OTHER_DELIMITER = "other_delimiter", "Different delimiter in this row."
    REPEATED_HEADER = "repeated_header", "Repeated header row; filtered out."
    TOTAL = "total", "Total of the rows above; filtered out."
    BAD_QUOTING = "bad_quoting", "Unbalanced quotes."
    BAD_ENCODING = "bad_encoding", "Invalid characters for this encoding."
    UNSTORABLE_TEXT = "unstorable_text", "Character that PostgreSQL cannot store."
    DUPLICATE_KEY = "duplicate_key", "Duplicate key."
    NOT_A_RECORD = "not_a_record", "Not a row with named values."
    EXCEL_ERROR_CELL = "excel_error_cell", "Spreadsheet error in the cell."
    FORMULA_WITHOUT_RESULT = "formula_without_result", "Formula without a saved result."
    ROW_TRANSFORMATION = "row_transformation", "A transformation failed."


class UnreadableFile(AtlasError):
    """The file cannot be read: it is damaged, empty, encrypted or not a table."""

    code = "unreadable_file"
    http_status = 422


class FileTooCostly(AtlasError):
    """Reading or converting the file exceeds a limit of the settings; nothing was imported."""

    code = "file_too_costly"
    http_status = 422


class ReaderUnavailable(AtlasError):
    """The process that reads files could not be started, or was ended from outside; nothing was imported."""

    code = "reader_unavailable"
    http_status = 503


class InvalidMapping(AtlasError):
    """The mapping is invalid: an unknown key, an unsupported type or a target that is not allowed."""

    code = "invalid_mapping"
    http_status = 400


class UnknownMapping(AtlasError):
    """No saved mapping has that name, or it has no such version."""

    code = "unknown_mapping"
    http_status = 404


class MappingNameTaken(AtlasError):
    """Another saved mapping has that name, or one that is equal but for case."""

    code = "mapping_name_taken"
    http_status = 409


class MappingChanged(AtlasError):
    """A newer version was saved since the one that was changed was read."""

    code = "mapping_changed"
    http_status = 409


class MappingArchived(AtlasError):
    """The saved mapping is archived: it cannot be used or changed until it is restored."""

    code = "mapping_archived"
    http_status = 409


class NoSuchRecordPath(InvalidMapping):
    """The record path leads nowhere in this file."""


class MappingDoesNotFit(AtlasError):
    """The mapping is valid, but does not match this file or this table."""

    code = "mapping_does_not_fit"
    http_status = 422


class RuleTooCostly(AtlasError):
    """A rule of the mapping takes too long or creates too much data from this file; nothing was imported."""

    code = "row_transformation"
    http_status = 422


class ReservedTable(AtlasError):
    """The table belongs to the service or to another application and cannot be a destination."""

    code = "reserved_table"
    http_status = 422


class UntrackedTable(AtlasError):
    """The table has no tracking columns yet."""

    code = "untracked_table"
    http_status = 409


class CannotTrack(AtlasError):
    """Tracking columns cannot be added to the table as it is."""

    code = "cannot_track"
    http_status = 409


class CannotReset(AtlasError):
    """The database cannot be reset without a loss of what is not the service's."""

    code = "cannot_reset"
    http_status = 409


class UnknownTable(AtlasError):
    """No data table has that name."""

    code = "unknown_table"
    http_status = 404


class UnknownRow(AtlasError):
    """The table has no such row."""

    code = "unknown_row"
    http_status = 404


class UnknownFile(AtlasError):
    """No import has a file with that hash."""

    code = "unknown_file"
    http_status = 404


class UnknownImport(AtlasError):
    """No import has that id."""

    code = "unknown_import"
    http_status = 404


class AlreadyImported(AtlasError):
    """The same file is already imported into the same table."""

    code = "already_imported"
    http_status = 409


class RepairFile(AtlasError):
    """The file has repaired rows of an import: it goes to that import, and is none of its own."""

    code = "repair_file"
    http_status = 409


class NoRepairFile(AtlasError):
    """The file does not have repaired rows of the import that it is sent to."""

    code = "no_repair_file"
    http_status = 422


class MostlyNotRead(AtlasError):
    """More lines of the file are outside the table than in it, and the options do not say so; nothing was imported."""

    code = "mostly_not_read"
    http_status = 422


class NoPartImported(AtlasError):
    """All sheets of a workbook, or all files of an archive, were refused; nothing was imported."""

    code = "no_part_imported"
    http_status = 422


class PlanChanged(Exception):
    """The plan from the beginning of a file does not hold for all of it: the file is planned once it is read whole."""


class TooManyErrors(AtlasError):
    """`on_error` or `max_errors` of the mapping stopped the import; nothing was imported."""

    code = "too_many_errors"
    http_status = 422


class NothingLoaded(AtlasError):
    """Every row was rejected; nothing was imported and no table created."""

    code = "nothing_loaded"
    http_status = 422


class ImportCancelled(AtlasError):
    """A user cancelled the import; none of its rows are kept."""

    code = "cancelled"
    http_status = 409


class TaskFinished(AtlasError):
    """The import is finished and can no longer be cancelled."""

    code = "task_finished"
    http_status = 409


class UnknownTask(AtlasError):
    """No task has that id."""

    code = "unknown_task"
    http_status = 404


class SourceUnavailable(AtlasError):
    """The source file is not available: not stored, not reachable or deleted."""

    code = "source_unavailable"
    http_status = 404


class NotConfigured(AtlasError):
    """The source is not configured in the settings."""

    code = "not_configured"
    http_status = 404


class SourceRefused(AtlasError):
    """The storage of the source refuses access."""

    code = "source_refused"
    http_status = 502


class SourceUnreachable(AtlasError):
    """The storage of the source does not respond, or not completely."""

    code = "source_unreachable"
    http_status = 503


class SourceChanged(AtlasError):
    """The source changed after it was chosen; nothing was imported."""

    code = "source_changed"
    http_status = 409


class CannotUndo(AtlasError):
    """The import cannot be undone."""

    code = "cannot_undo"
    http_status = 409


class HistoryPurged(AtlasError):
    """What is asked for needs details of an import that it does not have any more."""

    code = "history_purged"
    http_status = 409


class CannotRedo(AtlasError):
    """The import cannot be redone."""

    code = "cannot_redo"
    http_status = 409


class CannotRerun(AtlasError):
    """The import cannot be run again with another mapping."""

    code = "cannot_rerun"
    http_status = 409


class UnknownRepair(AtlasError):
    """The import has no such repair."""

    code = "unknown_repair"
    http_status = 404


class CannotRepair(AtlasError):
    """Rows of the import cannot be repaired."""

    code = "cannot_repair"
    http_status = 409


class ReadingChanged(AtlasError):
    """This version reads the import's file differently than the import did."""

    code = "reading_changed"
    http_status = 409


class TableChanged(AtlasError):
    """The columns, keys or indexes of the table were changed outside the service."""

    code = "table_changed"
    http_status = 409


class Forgotten(AtlasError):
    """The requested data was deleted by the retention policy."""

    code = "forgotten"
    http_status = 410
