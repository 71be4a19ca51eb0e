"""The admin of API tokens: created here, shown once, and revoked by deleting them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken

from access import messages as sentences
from access.rights import is_superuser, may_manage_tokens_of
from core.admin import text_column, timestamp_column

admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):
    """The tokens of all users for superusers, for others their own."""

    list_display = (
        text_column("token_key", "token begins with"), "user",
        timestamp_column("created", "created"), timestamp_column("expiry", "expires"),
    )  # fmt: skip
    list_select_related = ("user",)
    search_fields = ("token_key", "user__username")
    search_help_text = "Search user or beginning of the token"
    raw_id_fields = ()
    fields = ("token_key", "user", "created", "expiry")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("user", "expiry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuthToken]:
        tokens: QuerySet[AuthToken] = super().get_queryset(request)
        return tokens if is_superuser(request.user) else tokens.filter(user_id=request.user.pk)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user" and not is_superuser(request.user):
            kwargs["queryset"] = User.objects.filter(pk=request.user.pk or 0)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False also where a user is deleted who has tokens: they would be revoked."""
        is_allowed: bool = super().has_delete_permission(request, obj)
        return is_allowed and (obj is None or may_manage_tokens_of(request.user, obj.user_id))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if request.method == "POST":
            self._refuse_tokens_of_others(request, [request.POST.get("user") or request.user.pk])
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        self._refuse_tokens_of_others(request, AuthToken.objects.filter(pk=object_id).values_list("user_id", flat=True))
        return super().delete_view(request, object_id, extra_context)

    def _refuse_tokens_of_others(self, request: HttpRequest, owner_ids: Iterable[Any]) -> None:
        if not all(may_manage_tokens_of(request.user, owner_id) for owner_id in owner_ids):
            raise PermissionDenied(str(sentences.TOKEN_OF_ANOTHER_USER()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Show the token: only its digest is stored."""
        obj.save()
        text = f"API token of {obj.user}: {form.token}. Copy it now: it is not shown again."
        self.message_user(request, text, messages.SUCCESS)
