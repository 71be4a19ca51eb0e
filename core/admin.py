"""The base of the admin's read-only lists, which are fast for any number of records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from core.pagination import BoundedPaginator


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list of records that the admin shows and never changes."""

    labels: ClassVar[dict[str, str]] = {}  # field -> its label on the page of a record, where its name is no good one
    noun: str | None = None  # what the length of the list counts; None: the plural name of the model
    view_permission: str | None = None  # permission to view the list; None: the model's own
    paginator = BoundedPaginator
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count the records of every choice of every filter

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.model._meta.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{"labels": self.labels, **kwargs})

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return (
            request.user.has_perm(self.view_permission)
            if self.view_permission
            else super().has_view_permission(request, obj)
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def timestamp_column(name: str, title: str) -> Callable[[Model], SafeString]:
    """Return a column of times, shown in the reader's time zone."""

    @admin.display(description=title, ordering=name)
    def shown(record: Any) -> SafeString:
        return render_to_string("admin/timestamp.html", {"timestamp": getattr(record, name)})

    return shown


def text_column(name: str, title: str) -> Callable[[Model], str]:
    """Return a column of texts; – where one is missing."""

    @admin.display(description=title, ordering=name)
    def shown(record: Any) -> str:
        value = getattr(record, name)
        return "–" if value in (None, "") else str(value)

    return shown


def titled(list_filter: type[admin.FieldListFilter], title: str) -> type[admin.FieldListFilter]:
    """Return a filter by a field with another title than the field's name."""

    class TitledFilter(list_filter):  # type: ignore[valid-type, misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = title

    return TitledFilter


def number_column(name: str, title: str) -> Callable[[Model], str]:
    """Return a column of whole numbers; – where one is unknown."""

    @admin.display(description=title, ordering=name)
    def shown(record: Any) -> str:
        value = getattr(record, name)
        return "–" if value is None else f"{value:,}"

    return shown
