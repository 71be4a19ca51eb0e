"""Filters of the admin's lists of imports, errors, skipped rows and jobs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from imports.history.filters import BY_OUTCOME
from imports.history.labels import OUTCOMES
from imports.jobs.status import TaskStatus
from imports.labels import ERROR_TYPES
from imports.models import ImportStatus, Outcome
from imports.readers.formats import CHOICES


class ChoiceFilter(admin.SimpleListFilter):
    """A filter by known values: finding out which of them occur would read every record."""

    values: list[tuple[str, str]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return self.values

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else self.chosen(queryset, self.value() or "")

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(**{str(self.parameter_name): value})


class UndoneFilter(ChoiceFilter):
    title = "undo status"
    parameter_name = "undone"
    values = [("no", "Active"), ("yes", "Undone")]

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(undone_at__isnull=value == "no")


class OutcomeOfImportFilter(ChoiceFilter):
    title = "status"
    parameter_name = "status"
    values = [(str(key), OUTCOMES[key]) for key in OUTCOMES]

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(BY_OUTCOME[value]) if value in OUTCOMES else queryset


class FileTypeFilter(ChoiceFilter):
    title = "file format"
    parameter_name = "file_type"
    values = CHOICES


class ErrorTypeFilter(ChoiceFilter):
    title = "error type"
    parameter_name = "error_type"
    values = [(code.value, label) for code, label in ERROR_TYPES.items()]


class OutcomeFilter(ChoiceFilter):
    title = "outcome"
    parameter_name = "fate__exact"
    values = [(outcome.value, str(outcome.label)) for outcome in Outcome if outcome != Outcome.INSERTED]


class TaskStatusFilter(ChoiceFilter):
    title = "status"
    parameter_name = "state"
    values = [
        (TaskStatus.PENDING, "Queued"), (TaskStatus.PROCESSING, "Running"), (TaskStatus.COMPLETED, "Done"),
        (TaskStatus.FAILED, "Failed"), (TaskStatus.CANCELLED, "Cancelled"),
    ]  # fmt: skip

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        in_progress = Q(import_record__status=ImportStatus.IN_PROGRESS)
        failed = Q(import_record__status=ImportStatus.FAILED)
        conditions = {
            TaskStatus.PENDING: in_progress & Q(started_at=None),
            TaskStatus.PROCESSING: in_progress & Q(started_at__isnull=False),
            TaskStatus.COMPLETED: ~in_progress & ~failed,
            TaskStatus.FAILED: failed & Q(cancelled_by=""),
            TaskStatus.CANCELLED: failed & ~Q(cancelled_by=""),
        }
        return queryset.filter(conditions[TaskStatus(value)]) if value in TaskStatus.values else queryset


class JobStatusFilter(ChoiceFilter):
    title = "status"
    parameter_name = "status"
    values = [
        ("todo", "Queued"), ("doing", "Running"), ("succeeded", "Done"), ("failed", "Failed"),
        ("cancelled", "Cancelled"), ("aborted", "Stopped"),
    ]  # fmt: skip
