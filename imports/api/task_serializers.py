"""A queued import as JSON: the specification's keys first, then ours."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.api.serializers import OutcomeSerializer
from imports.models import ImportTask
from imports.task_state import TaskStatus, message_of, percent_of, rate_of, seconds_left, status_of


class TaskSerializer(serializers.ModelSerializer[ImportTask]):
    """How far it is. `result`: as /map-data answers, once it is completed; null before and otherwise."""

    success = serializers.SerializerMethodField()
    import_id = serializers.UUIDField(source="import_record_id", read_only=True)
    status = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField(help_text="Percent, 0 to 100.")
    message = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    bytes_total = serializers.IntegerField(source="import_record.file_size_bytes", read_only=True, allow_null=True)
    records_per_second = serializers.SerializerMethodField()
    seconds_left = serializers.SerializerMethodField(help_text="As it went so far; null while nobody can tell.")

    class Meta:
        model = ImportTask
        fields = [
            "success", "task_id", "import_id", "status", "progress", "message", "result", "phase", "records_done",
            "bytes_done", "bytes_total", "records_per_second", "seconds_left", "queued_at", "started_at", "attempts",
        ]  # fmt: skip
        read_only_fields = fields

    def get_success(self, task: ImportTask) -> bool:
        return True

    def get_status(self, task: ImportTask) -> str:
        return status_of(task)

    def get_progress(self, task: ImportTask) -> int:
        return percent_of(task)

    def get_message(self, task: ImportTask) -> str:
        return message_of(task)

    def get_result(self, task: ImportTask) -> dict[str, Any] | None:
        if status_of(task) != TaskStatus.COMPLETED:
            return None
        return dict(OutcomeSerializer(task.import_record).data)

    def get_records_per_second(self, task: ImportTask) -> int | None:
        return rate_of(task)

    def get_seconds_left(self, task: ImportTask) -> int | None:
        return seconds_left(task)
