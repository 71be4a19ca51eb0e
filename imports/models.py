"""The history of imports and their tasks. Columns, types, defaults, indexes: import-tracking.md, *Database Schema*."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Left, Replace

from imports.sources import SourceType


class DatabaseNow(Func):
    """The server's clock at the start of the transaction: the specification's DEFAULT NOW()."""

    function = "NOW"
    arity = 0
    output_field = models.DateTimeField()


def pattern_of_name() -> Func:
    """Return the file name with * for numbers, cut: sales-2026.csv -> sales-*.csv. No slow regular expression."""
    stars = Func(F("file_name"), Value("0123456789"), Value("*" * 10), function="translate")
    for _ in range(4):  # a run of 16 digits becomes 8 stars, 4, 2, 1
        stars = Replace(stars, Value("**"), Value("*"))
    return Left(stars, 100)


class ImportStatus(models.TextChoices):
    """import_history.status."""

    IN_PROGRESS = "in_progress", "In progress"  #: being processed
    SUCCESS = "success", "Imported"  #: no record was rejected
    FAILED = "failed", "Failed"  #: nothing was imported
    PARTIAL = "partial", "Partially imported"  #: some rows loaded or duplicates, some rejected


LOADED_STATUSES = [ImportStatus.SUCCESS, ImportStatus.PARTIAL]
LOADED = Q(status__in=LOADED_STATUSES)
ACTIVE = Q(status__in=LOADED_STATUSES, undone_at=None)


class MappingStatus(models.TextChoices):
    """import_history.mapping_status."""

    NOT_STARTED = "not_started", "Not started"  #: the import exists, mapping has not begun
    IN_PROGRESS = "in_progress", "In progress"  #: records are being mapped
    COMPLETED = "completed", "Completed"  #: every record was mapped without an error
    COMPLETED_WITH_ERRORS = (
        "completed_with_errors",
        "Completed with errors",
    )  #: mapped, some values or records had errors
    FAILED = "failed", "Failed"  #: nothing could be mapped


class ImportStrategy(models.TextChoices):
    """import_history.import_strategy."""

    NEW_TABLE = "new_table", "Created table"  #: there was none
    MERGE_EXACT = "merge_exact", "Added rows"  #: every value fits
    EXTEND_TABLE = "extend_table", "Added rows and columns"  #: those that the file has more
    ADAPT_DATA = "adapt_data", "Converted to existing types"  #: converted to their types


class Outcome(models.TextChoices):
    """What became of a row of the file. Rows that are neither imported nor updates are skipped and kept whole."""

    INSERTED = "inserted", "Imported"  #: a row of the table
    UPDATED = "updated", "Updated"  #: it changed at least one cell of a row that was there
    DUPLICATE = "duplicate"  #: equal to a row that was there first
    REJECTED = "rejected"  #: could not be loaded
    FILTERED = "filtered"  #: excluded by a filter


class ImportQuerySet(models.QuerySet["ImportHistory"]):
    """Common filters of imports."""

    def loaded(self) -> Self:
        """Return imports with rows or duplicates, including undone ones."""
        return self.filter(LOADED)

    def active(self) -> Self:
        """Return imports that were loaded and not undone."""
        return self.filter(ACTIVE)


class ImportHistory(models.Model):
    """One import: user, time, file, table, plan and result."""

    import_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    import_timestamp = models.DateTimeField(null=True, db_default=DatabaseNow())

    user_id = models.CharField(max_length=255, null=True, blank=True)
    user_email = models.CharField(max_length=255, null=True, blank=True)

    source_type = models.CharField(max_length=50, choices=SourceType)
    source_path = models.TextField(null=True, blank=True)
    file_name = models.CharField(max_length=500, null=True, blank=True)
    file_size_bytes = models.BigIntegerField(null=True, blank=True)
    file_type = models.CharField(max_length=50, null=True, blank=True)
    file_hash = models.CharField(max_length=64, null=True, blank=True)

    table_name = models.CharField(max_length=255)
    import_strategy = models.CharField(max_length=50, null=True, blank=True, choices=ImportStrategy)

    mapping_config = models.JSONField(null=True, blank=True)
    duplicate_check_enabled = models.BooleanField(null=True, db_default=True)

    status = models.CharField(max_length=50, choices=ImportStatus)
    error_message = models.TextField(null=True, blank=True)
    warnings = ArrayField(models.TextField(), null=True, blank=True)
    # Not in the specification: each warning's code and parameters, in the same order; null: of an older version.
    warning_details = models.JSONField(null=True, blank=True)

    total_rows_in_file = models.IntegerField(null=True, blank=True)
    rows_processed = models.IntegerField(null=True, blank=True)
    rows_inserted = models.IntegerField(null=True, blank=True)
    rows_updated = models.IntegerField(db_default=0)
    rows_skipped = models.IntegerField(null=True, blank=True)
    duplicates_found = models.IntegerField(null=True, blank=True)
    validation_errors = models.IntegerField(null=True, blank=True)

    duration_seconds = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    parsing_time_seconds = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    duplicate_check_time_seconds = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    insert_time_seconds = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)

    analysis_id = models.UUIDField(null=True, blank=True)
    task_id = models.UUIDField(null=True, blank=True)
    metadata = models.JSONField(null=True, blank=True, default=dict)

    created_at = models.DateTimeField(null=True, db_default=DatabaseNow())
    updated_at = models.DateTimeField(null=True, db_default=DatabaseNow())

    mapping_status = models.CharField(
        max_length=50, null=True, choices=MappingStatus, db_default=MappingStatus.NOT_STARTED
    )
    mapping_started_at = models.DateTimeField(null=True, blank=True)
    mapping_completed_at = models.DateTimeField(null=True, blank=True)
    mapping_duration_seconds = models.DecimalField(max_digits=10, decimal_places=3, null=True, blank=True)
    mapping_errors_count = models.IntegerField(null=True, db_default=0)

    # Not in the specification: summaries for long histories, so that not every name and error is read.
    errors_by_type = models.JSONField(null=True, blank=True)  # mapping_errors_count by error_type; null: none
    file_pattern = models.GeneratedField(
        expression=pattern_of_name(), output_field=models.CharField(max_length=100), db_persist=True
    )

    # Not in the specification: the other counts of outcomes, the order of imports, and the result of an undo.
    rows_rejected = models.IntegerField(null=True, blank=True)
    rows_filtered = models.IntegerField(null=True, blank=True)
    # What of the file is no row: imports.not_read.Unread.as_json; null: of an older version, or by a caller's own code.
    not_read = models.JSONField(null=True, blank=True)
    header_hash = models.CharField(max_length=64, null=True, blank=True)  # of the file's header, to recognize it
    columns_hash = models.CharField(max_length=64, null=True, blank=True)  # of which header fills which column
    # Taken under the table's lock. An import that was run again with another mapping gives its place to the new one.
    import_order = models.BigIntegerField(null=True, blank=True)
    updated_columns = ArrayField(models.TextField(), null=True, blank=True)  # in which it changed rows; null: in none
    rows_came_back = models.BooleanField(
        db_default=False
    )  # by a redo, after rows of later imports: row ids do not follow the import order
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=255, null=True, blank=True)
    undo_reason = models.TextField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        db_table = "import_history"
        verbose_name = "import"
        ordering = ["-import_timestamp", "-import_id"]
        permissions = [("undo_importhistory", "Can undo and redo imports")]
        indexes = [
            models.Index(fields=["-import_timestamp"], name="idx_import_history_timestamp"),
            models.Index(fields=["table_name"], name="idx_import_history_table"),
            models.Index(
                fields=["-import_timestamp", "-import_id"],
                include=["table_name", "file_name", "user_id", "user_email"],
                name="idx_import_history_searched",
            ),
            models.Index(
                fields=["table_name", "-import_timestamp", "-import_id"],
                include=["status", "undone_at", "rows_inserted", "file_name", "file_pattern", "file_hash"],
                name="idx_import_history_of_table",
            ),
            models.Index(
                fields=["table_name"],
                include=["import_id", "import_timestamp", "rows_inserted"],
                condition=ACTIVE,
                name="idx_import_history_standing",
            ),
            models.Index(
                fields=["table_name", "columns_hash", "-import_order"],
                condition=ACTIVE,
                name="idx_import_history_columns",
            ),
            models.Index(KeyTransform("id", KeyTransform("group", "metadata")), name="idx_import_history_group"),
            models.Index(
                KeyTransform("id", KeyTransform("saved_mapping", "metadata")), name="idx_import_history_saved"
            ),
            models.Index(fields=["status"], name="idx_import_history_status"),
            models.Index(fields=["user_id"], name="idx_import_history_user"),
            models.Index(fields=["file_hash"], name="idx_import_history_file_hash"),
            models.Index(fields=["header_hash"], name="idx_import_history_header_hash"),
            models.Index(fields=["table_name"], condition=Q(rows_came_back=True), name="idx_import_history_came_back"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["import_order"], condition=Q(undone_at=None), name="import_history_order_of_active"
            ),
            models.CheckConstraint(name="import_history_status_known", condition=Q(status__in=ImportStatus.values)),
            models.CheckConstraint(
                name="import_history_mapping_status_known", condition=Q(mapping_status__in=MappingStatus.values)
            ),
            models.CheckConstraint(
                name="import_history_fates_add_up",
                condition=~LOADED
                | Q(
                    total_rows_in_file__isnull=False,
                    rows_inserted__isnull=False,
                    rows_skipped__isnull=False,
                    duplicates_found__isnull=False,
                    rows_rejected__isnull=False,
                    rows_filtered__isnull=False,
                    total_rows_in_file=F("rows_inserted") + F("rows_updated") + F("rows_skipped"),
                    rows_skipped=F("duplicates_found") + F("rows_rejected") + F("rows_filtered"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name or self.source_type} → {self.table_name}"

    @property
    def error_code(self) -> str | None:
        """The code of the error that stopped the import; None if there was none, or it was not recorded."""
        error: dict[str, Any] = (self.metadata or {}).get("error") or {}
        return error.get("code")

    @property
    def is_active(self) -> bool:
        """Whether the import was loaded and not undone."""
        return self.status in LOADED_STATUSES and self.undone_at is None


class ImportTask(models.Model):
    """An import that waits for a worker or that a worker runs. Its result is only in its record."""

    task_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    import_record = models.OneToOneField(
        ImportHistory, models.CASCADE, db_column="import_id", db_constraint=False, related_name="task"
    )
    job_id = models.BigIntegerField(null=True)  # in the queue
    actor = models.JSONField()  # who requested it: the fields of core.actors.Actor
    queued_at = models.DateTimeField(db_default=DatabaseNow())
    started_at = models.DateTimeField(null=True)  # when the current worker started it
    attempts = models.SmallIntegerField(
        db_default=0
    )  # how many workers started it; all but the last stopped before it was done
    phase = models.CharField(max_length=20, db_default="")
    percent = models.SmallIntegerField(db_default=0)
    records_done = models.BigIntegerField(db_default=0)
    bytes_done = models.BigIntegerField(db_default=0)
    told_at = models.DateTimeField(null=True)  # when its worker last reported progress
    waiting_for = models.JSONField(null=True)  # who holds the lock that it waits for: core.waits.holders.Holder
    cancelled_at = models.DateTimeField(null=True)  # when a user cancelled it
    cancelled_by = models.CharField(max_length=255, db_default="")

    class Meta:
        db_table = "imports_task"
        verbose_name = "queued import"
        verbose_name_plural = "import queue"
        ordering = ["-queued_at", "-task_id"]

    def __str__(self) -> str:
        return f"task {self.task_id}"


class MappingError(models.Model):
    """An invalid value or record. The foreign key cascades in the database (first migration)."""

    id = models.AutoField(primary_key=True)
    import_record = models.ForeignKey(
        ImportHistory,
        models.CASCADE,
        db_column="import_id",
        db_constraint=False,
        db_index=False,
        related_name="mapping_errors",
    )
    record_number = models.IntegerField(null=True, blank=True)
    source_field = models.CharField(max_length=255, null=True, blank=True)
    target_field = models.CharField(max_length=255, null=True, blank=True)
    error_type = models.CharField(max_length=100, null=True, blank=True)
    error_message = models.TextField()
    source_value = models.TextField(null=True, blank=True)
    occurred_at = models.DateTimeField(null=True, db_default=DatabaseNow())
    chunk_number = models.IntegerField(null=True, blank=True)
    location = models.TextField(null=True, blank=True)  # its position in the file, in the terms of its format
    # Not in the specification: the message's code and the parameters that do not differ from row to row; null: of an
    # older version, or recorded by a caller's own code.
    error_details = models.JSONField(null=True, blank=True)

    class Meta:
        db_table = "mapping_errors"
        verbose_name = "error"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["import_record"], name="idx_mapping_errors_import"),
            models.Index(fields=["error_type"], name="idx_mapping_errors_type"),
            models.Index(fields=["source_field"], name="idx_mapping_errors_field"),
            # Not in the specification: the errors of single rows, and the next rows that have some.
            models.Index(fields=["import_record", "record_number"], name="idx_mapping_errors_record"),
        ]

    def __str__(self) -> str:
        return self.error_message


class ErrorSummary(models.Model):
    """The groups of the errors of one import with many, as they were found once; deleted where its errors change."""

    import_record = models.OneToOneField(
        ImportHistory,
        models.CASCADE,
        primary_key=True,
        db_column="import_id",
        db_constraint=False,
        related_name="error_summary",
    )
    version = models.SmallIntegerField()  # of the rules by which errors are grouped
    errors_by_type = models.JSONField(null=True)  # of the import, when they were grouped
    groups = models.JSONField()  # the largest first
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "imports_error_summary"
        verbose_name = "summary of errors"
        verbose_name_plural = "summaries of errors"

    def __str__(self) -> str:
        return f"errors of import {self.pk}"


class KeptRecord(models.Model):
    """A skipped record, complete. `original`: ASCII JSON, a list of texts and nulls in file order.

    JSON in bytes, because a record may have characters that a text column cannot store: NUL, lone surrogates.
    `mapped`: the same for a duplicate as the reader corrected it, for example padded; null if equal to `original`.
    """

    import_record = models.ForeignKey(
        ImportHistory,
        models.CASCADE,
        db_column="import_id",
        db_constraint=False,
        db_index=False,
        related_name="kept_records",
    )
    record_number = models.IntegerField()
    fate = models.CharField(max_length=20, choices=Outcome)
    reason_code = models.CharField(max_length=100)
    reason = models.TextField()
    location = models.TextField()
    original = models.BinaryField()
    mapped = models.BinaryField(null=True, blank=True)
    # Of a duplicate: import and record that inserted the existing row, whatever changed it since.
    matched_import_id = models.UUIDField(null=True, blank=True)
    matched_record_number = models.IntegerField(null=True, blank=True)
    differs = models.JSONField(null=True, blank=True)  # of a duplicate: columns with other values; null: not compared

    class Meta:
        db_table = "imports_kept_record"
        verbose_name = "skipped row"
        ordering = ["record_number"]
        constraints = [
            models.UniqueConstraint(fields=["import_record", "record_number"], name="imports_kept_record_one_fate")
        ]
        indexes = [
            # An undo reads the duplicates of the rows that it removes.
            models.Index(
                fields=["matched_import_id", "matched_record_number"],
                condition=Q(fate="duplicate"),
                name="imports_kept_record_match",
            )
        ]

    def __str__(self) -> str:
        return f"row {self.record_number}: {self.fate}"


class UnreadKey(models.Model):
    """A record that repeats nothing: a cell of its key could not be read, and another has a value.

    An undo judges later records by their values again; of these they do not tell that they were not compared.
    """

    import_record = models.ForeignKey(
        ImportHistory,
        models.CASCADE,
        db_column="import_id",
        db_constraint=False,
        db_index=False,
        related_name="unread_keys",
    )
    record_number = models.IntegerField()

    class Meta:
        db_table = "imports_unread_key"
        verbose_name = "row with an unreadable key"
        verbose_name_plural = "rows with an unreadable key"
        constraints = [
            models.UniqueConstraint(fields=["import_record", "record_number"], name="imports_unread_key_record")
        ]

    def __str__(self) -> str:
        return f"record {self.record_number}"


class RowOrigin(models.Model):
    """The import and the record that inserted a row that was updated: the row itself names the last writer."""

    table_name = models.CharField(max_length=255)
    row_id = models.BigIntegerField()
    import_id = models.UUIDField()
    record_number = models.IntegerField(null=True)

    class Meta:
        db_table = "imports_row_origin"
        verbose_name = "origin of an updated row"
        verbose_name_plural = "origins of updated rows"
        constraints = [models.UniqueConstraint(fields=["table_name", "row_id"], name="imports_row_origin_row")]
        indexes = [models.Index(fields=["import_id", "record_number"], name="imports_row_origin_record")]

    def __str__(self) -> str:
        return f"row {self.row_id} of {self.table_name}"


class RowUpdate(models.Model):
    """A record that changed a row, with the row as it found it.

    `record`, `before` and `found`: column -> the value as PostgreSQL writes it as text, or null; all columns of the
    table that are neither tracking columns nor generated.
    """

    import_record = models.ForeignKey(
        ImportHistory,
        models.CASCADE,
        db_column="import_id",
        db_constraint=False,
        db_index=False,
        related_name="row_updates",
    )
    record_number = models.IntegerField()
    table_name = models.CharField(max_length=255)
    row_id = models.BigIntegerField(null=True)  # null: the import is undone, or the table was dropped
    import_order = models.BigIntegerField()  # of the import
    columns = ArrayField(models.TextField())  # that it wrote
    # The rest is null where retention deleted it.
    record = models.JSONField(null=True)  # the record's own values, of the columns that the file fills
    record_corrections = models.JSONField(null=True)
    before = models.JSONField(null=True)  # the row as imports alone had made it
    before_import_id = models.UUIDField(null=True)
    before_record_number = models.IntegerField(null=True)
    before_imported_at = models.DateTimeField(null=True)
    before_corrections = models.JSONField(null=True)
    by_hand = models.BooleanField(db_default=False)  # whether the row had been changed manually
    found = models.JSONField(null=True)  # the row as it was then, if so

    class Meta:
        db_table = "imports_row_update"
        verbose_name = "update of a row"
        verbose_name_plural = "updates of rows"
        constraints = [
            models.UniqueConstraint(fields=["import_record", "record_number"], name="imports_row_update_record")
        ]
        indexes = [models.Index(fields=["table_name", "row_id", "import_order"], name="imports_row_update_row")]

    def __str__(self) -> str:
        return f"row {self.row_id} of {self.table_name}"


class UnreadCell(models.Model):
    """Cells of a record that could not be read, of an import that changes rows: they never overwrite a value."""

    import_record = models.ForeignKey(
        ImportHistory,
        models.CASCADE,
        db_column="import_id",
        db_constraint=False,
        db_index=False,
        related_name="unread_cells",
    )
    record_number = models.IntegerField()
    columns = ArrayField(models.TextField())

    class Meta:
        db_table = "imports_unread_cell"
        verbose_name = "row with unreadable cells"
        verbose_name_plural = "rows with unreadable cells"
        constraints = [
            models.UniqueConstraint(fields=["import_record", "record_number"], name="imports_unread_cell_record")
        ]

    def __str__(self) -> str:
        return f"record {self.record_number}"


class RepairKind(models.TextChoices):
    """What a repair is for a record."""

    REPAIR = "repair", "Repair"  #: of a record or a cell that had an error
    CORRECTION = "correction", "Correction"  #: of a cell that was read without an error
    INSERT = "insert", "Insert anyway"  #: of a duplicate: it is a row, whatever it is equal to
    UPDATE = "update", "Update"  #: of a duplicate: it changes the row that it matches


class RepairOrigin(models.TextChoices):
    """How a repair was sent."""

    VALUES = "values", "Values"  #: as JSON, or from the grid
    FILE = "file", "File"  #: of repaired rows
    PROPOSAL = "proposal", "Proposal"  #: for a group of errors
    DECISION = "decision", "Decision"  #: about a duplicate


class RepairResult(models.TextChoices):
    """What became of the record."""

    REPAIRED = "repaired", "Repaired"  #: it has no error any more
    PARTLY = "partly", "Partly repaired"  #: it has other errors still
    FAILED = "failed", "Failed"  #: nothing that was sent could be used


class Repair(models.Model):
    """What a person changed of one record of an import: one attempt. Texts are null where retention deleted them."""

    batch = models.UUIDField()  # of all records that were sent at once
    import_record = models.ForeignKey(
        ImportHistory,
        models.CASCADE,
        db_column="import_id",
        db_constraint=False,
        db_index=False,
        related_name="repairs",
    )
    record_number = models.IntegerField()
    attempt = models.IntegerField()  # of this record, from 1
    kind = models.CharField(max_length=20, choices=RepairKind)
    origin = models.CharField(max_length=20, choices=RepairOrigin)
    by = models.CharField(max_length=255)
    by_email = models.CharField(max_length=255, null=True)
    at = models.DateTimeField(db_default=DatabaseNow())
    reason = models.TextField(null=True)
    # By column or source field: the text before, and the text that was sent.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    # What of it is used: `values` by column of the table, final, as ISO texts; `texts` by position in the source, which
    # go through the plan.
    values = models.JSONField(null=True)
    texts = models.JSONField(null=True)
    result = models.CharField(max_length=20, choices=RepairResult)
    errors = models.JSONField(null=True)  # what failed: list of {field, column, code, message, value}; null: nothing
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=255, null=True)

    class Meta:
        db_table = "imports_repair"
        verbose_name = "repair"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["import_record", "record_number", "attempt"], name="imports_repair_attempt")
        ]
        indexes = [
            models.Index(fields=["import_record", "-id"], name="imports_repair_newest"),
            models.Index(fields=["batch"], name="imports_repair_batch"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.attempt} of row {self.record_number}: {self.result}"


class RepairedRecord(models.Model):
    """A record with all of its repairs that are not undone, and what its file has.

    `original` and `mapped` are as in KeptRecord, `record` as in RowUpdate.
    """

    import_record = models.ForeignKey(
        ImportHistory,
        models.CASCADE,
        db_column="import_id",
        db_constraint=False,
        db_index=False,
        related_name="repaired_records",
    )
    record_number = models.IntegerField()
    location = models.TextField()
    original = models.BinaryField(null=True)  # null: retention deleted it
    mapped = models.BinaryField(null=True)
    record = models.JSONField(null=True)  # column -> the value as text, or null; null: it is rejected
    corrections = models.JSONField(null=True)  # as in _corrections_applied
    unread = ArrayField(models.TextField(), null=True)  # columns that could not be read; null: none
    decision = models.CharField(max_length=20, choices=RepairKind, null=True)  # insert or update, of a duplicate
    read_errors = models.JSONField(null=True)  # those of mapping_errors that its reader found; null: none

    class Meta:
        db_table = "imports_repaired_record"
        verbose_name = "repaired row"
        constraints = [
            models.UniqueConstraint(fields=["import_record", "record_number"], name="imports_repaired_record_one")
        ]

    def __str__(self) -> str:
        return f"row {self.record_number}"


class ManualEdit(models.Model):
    """A manual change: a row of an import that was changed or deleted with SQL. Written by database triggers."""

    table_name = models.CharField(max_length=255)
    row_id = models.BigIntegerField()
    import_id = models.UUIDField()  # of the row before the change; no foreign key, because the log outlives the import
    record_number = models.IntegerField(null=True)
    deleted = models.BooleanField()  # otherwise changed
    changed_at = models.DateTimeField(db_default=DatabaseNow())
    changed_by = models.CharField(max_length=255)  # database role
    # The row as imports alone have made it: column -> the value as text or null, all but `id`. Null: not known.
    law = models.JSONField(null=True)

    class Meta:
        db_table = "imports_hand_change"
        verbose_name = "manual change"
        constraints = [
            models.UniqueConstraint(fields=["table_name", "row_id", "import_id"], name="imports_hand_change_row")
        ]
        indexes = [models.Index(fields=["import_id"], name="imports_hand_change_import")]

    def __str__(self) -> str:
        return f"row {self.row_id} of {self.table_name} {'deleted' if self.deleted else 'changed'}"


class Analysis(models.Model):
    """A previewed file, stored so that it is uploaded only once."""

    analysis_id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_id = models.CharField(max_length=255)
    file_name = models.CharField(max_length=500)
    file_size_bytes = models.BigIntegerField()
    file_hash = models.CharField(max_length=64)  # names the kept source file
    findings = models.JSONField()  # the response of /detect-mapping
    source_type = models.CharField(max_length=50, choices=SourceType, default=SourceType.LOCAL_UPLOAD)
    source_path = models.TextField(null=True, blank=True)
    origin = models.JSONField(default=dict)  # as SourceFile has it
    created_at = models.DateTimeField(db_default=DatabaseNow())

    class Meta:
        db_table = "imports_analysis"
        verbose_name_plural = "analyses"

    def __str__(self) -> str:
        return self.file_name


class SavedMapping(models.Model):
    """A mapping under a name, for files of one kind. What it says is in its versions, which never change."""

    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=600, unique=True)  # names that are equal but for case have one
    description = models.TextField(db_default="", blank=True)
    latest_version = models.IntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=DatabaseNow())
    created_by = models.CharField(max_length=255)
    archived_at = models.DateTimeField(null=True, blank=True)  # since when it is not offered
    archived_by = models.CharField(max_length=255, db_default="", blank=True)

    class Meta:
        db_table = "imports_saved_mapping"
        verbose_name = "saved mapping"
        ordering = ["name_key"]

    def __str__(self) -> str:
        return self.name


class SavedMappingVersion(models.Model):
    """A saved mapping as it was saved once."""

    saved_mapping = models.ForeignKey(SavedMapping, models.CASCADE, related_name="versions")
    version = models.IntegerField()  # from 1
    config = models.JSONField()  # the mapping, as a request has it
    note = models.TextField(db_default="", blank=True)  # what was changed, in the words of who saved it
    created_at = models.DateTimeField(db_default=DatabaseNow())
    created_by = models.CharField(max_length=255)
    # Files of the shape that it is for: of the file that it was made with, and the columns that it needs in any case.
    header_hash = models.CharField(max_length=64, null=True, blank=True)
    sources = ArrayField(models.TextField(), default=list, blank=True)

    class Meta:
        db_table = "imports_saved_mapping_version"
        verbose_name = "version of a saved mapping"
        verbose_name_plural = "versions of saved mappings"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["saved_mapping", "version"], name="imports_saved_mapping_version_number")
        ]
        indexes = [models.Index(fields=["header_hash"], name="imports_saved_mapping_header")]

    def __str__(self) -> str:
        return f"{self.saved_mapping}@{self.version}"
