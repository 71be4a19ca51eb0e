"""A queued import as JSON: the specification's keys first, then ours."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.messages import Message
from imports.api.serializers import OutcomeSerializer
from imports.jobs.status import TaskState, TaskStatus


class TaskSerializer(serializers.Serializer[TaskState]):
    """How far a queued import is, and what came of it."""

    success = serializers.BooleanField(default=True)
    task_id = serializers.UUIDField(source="task.pk")
    import_id = serializers.UUIDField(source="task.import_record_id")
    status = serializers.ChoiceField(choices=TaskStatus.choices)
    progress = serializers.IntegerField(source="percent", help_text="Percent, 0 to 100.")
    message = serializers.CharField()
    message_details = serializers.SerializerMethodField(
        help_text="The message's code and params; null of an import that an older version ended."
    )
    result = serializers.SerializerMethodField(help_text="As /map-data answers; null unless it is completed.")
    error = serializers.SerializerMethodField(help_text="code, message and details, as an error of the API; or null.")
    phase = serializers.CharField(help_text="downloading, reading, loading or finishing; empty before.")
    records_done = serializers.IntegerField(source="records")
    bytes_done = serializers.IntegerField()
    bytes_total = serializers.IntegerField(allow_null=True)
    records_per_second = serializers.IntegerField(allow_null=True)
    seconds_left = serializers.IntegerField(allow_null=True, help_text="As it went so far; null while nobody can tell.")
    queued_at = serializers.DateTimeField(source="task.queued_at")
    started_at = serializers.DateTimeField(source="task.started_at", allow_null=True)
    attempts = serializers.IntegerField(source="task.attempts", help_text="Workers that took it up so far.")

    def get_result(self, state: TaskState) -> dict[str, Any] | None:
        if state.status != TaskStatus.COMPLETED:
            return None
        return dict(OutcomeSerializer(state.task.import_record).data)

    def get_message_details(self, state: TaskState) -> dict[str, Any] | None:
        return state.message.as_json() if isinstance(state.message, Message) else None

    def get_error(self, state: TaskState) -> dict[str, Any] | None:
        stopped = (state.task.import_record.metadata or {}).get("error")
        return stopped and {"code": stopped["code"], "message": str(state.message), "details": stopped["details"]}
