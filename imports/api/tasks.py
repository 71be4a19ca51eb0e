"""API views of background imports: their progress and cancellation."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.actors import actor_of
from core.api.permissions import MayRead
from core.api.views import StrictView
from core.web.lanes import LaneName, runs_in
from imports.api import messages
from imports.api.task_serializers import TaskSerializer
from imports.errors import UnknownTask
from imports.jobs.queue import cancel
from imports.jobs.status import describe_in_detail
from imports.models import ImportTask
from imports.permissions import MayImport


def accepted_response(task: ImportTask) -> Response:
    return Response(TaskSerializer(describe_in_detail(task)).data, status=202)


class TaskView(StrictView):
    """Show the progress and the result of a background import."""

    permission_classes = [MayRead]

    @extend_schema(operation_id="task", responses=TaskSerializer)
    def get(self, request: Request, task_id: str) -> Response:
        return Response(TaskSerializer(describe_in_detail(find_task(task_id))).data)


@runs_in(LaneName.READ)
class CancelTaskView(StrictView):
    """Cancel a background import. None of its rows stay in the table."""

    permission_classes = [MayImport]

    @extend_schema(operation_id="cancel_task", request=None, responses=TaskSerializer)
    def post(self, request: Request, task_id: str) -> Response:
        return Response(TaskSerializer(describe_in_detail(cancel(find_task(task_id).pk, actor_of(request)))).data)


def find_task(task_id: str) -> ImportTask:
    """Return the task with this id. Raises UnknownTask."""
    try:
        return ImportTask.objects.select_related("import_record").get(pk=UUID(task_id))
    except (ValueError, ImportTask.DoesNotExist):
        raise UnknownTask(messages.NO_TASK_WITH_ID()) from None
