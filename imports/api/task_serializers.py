"""JSON of a background import. Keys of the specification come first, then ours."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.messages import Message
from imports.api.serializers import OutcomeSerializer
from imports.jobs.status import TaskState, TaskStatus


class TaskSerializer(serializers.Serializer[TaskState]):
    """Progress and result of a background import."""

    success = serializers.BooleanField(default=True)
    task_id = serializers.UUIDField(source="task.pk")
    import_id = serializers.UUIDField(source="task.import_record_id")
    status = serializers.ChoiceField(choices=TaskStatus.choices)
    progress = serializers.IntegerField(source="percent", help_text="Percent, 0 to 100.")
    message = serializers.CharField()
    message_details = serializers.SerializerMethodField(
        help_text="Code and params of the message; null for imports that ended in an older version."
    )
    result = serializers.SerializerMethodField(help_text="The response of /map-data; null until completed.")
    error = serializers.SerializerMethodField(help_text="code, message and details, as in API errors; or null.")
    phase = serializers.CharField(
        help_text="downloading, reading, waiting, loading or finishing; empty before the start."
    )
    waiting_for = serializers.JSONField(
        help_text="Who holds what it waits for: operation and import_id, or user, application and since; or null.",
    )
    records_done = serializers.IntegerField(source="records")
    bytes_done = serializers.IntegerField()
    bytes_total = serializers.IntegerField(allow_null=True)
    records_per_second = serializers.IntegerField(allow_null=True)
    seconds_left = serializers.IntegerField(allow_null=True, help_text="Estimated; null if unknown.")
    imports_before = serializers.IntegerField(
        allow_null=True, help_text="Waiting imports that are run before this one; null if it does not wait."
    )
    queued_at = serializers.DateTimeField(source="task.queued_at")
    started_at = serializers.DateTimeField(source="task.started_at", allow_null=True)
    attempts = serializers.IntegerField(source="task.attempts", help_text="Number of times a worker started it.")

    def get_result(self, state: TaskState) -> dict[str, Any] | None:
        if state.status != TaskStatus.COMPLETED:
            return None
        return dict(OutcomeSerializer(state.task.import_record).data)

    def get_message_details(self, state: TaskState) -> dict[str, Any] | None:
        return state.message.as_json() if isinstance(state.message, Message) else None

    def get_error(self, state: TaskState) -> dict[str, Any] | None:
        error = (state.task.import_record.metadata or {}).get("error")
        return error and {"code": error["code"], "message": str(state.message), "details": error["details"]}
