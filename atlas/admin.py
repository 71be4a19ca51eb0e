"""The admin of users and groups, and its sign-in: that of the site."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ManyToManyField, Q
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken

from core.admin import text_column, timestamp_column

#: Names of the apps of libraries.
APP_NAMES = {"auth": "Users & groups", "knox": "API", "procrastinate": "Background jobs"}
#: Names of the models of libraries in the admin.
MODEL_NAMES = [("knox", "AuthToken", "API token"), ("procrastinate", "ProcrastinateJob", "background job")]
#: The permissions that have an effect.
WITH_EFFECT = Q(content_type__model__in=["user", "group", "authtoken"]) | Q(
    codename__in=[
        "view_importhistory", "add_importhistory", "undo_importhistory", "view_mappingerror", "view_keptrecord",
        "view_auditentry",
    ]
)  # fmt: skip
#: Checkboxes work by keyboard and without scripts.
CHECKBOXES: dict[type[Field[Any, Any]], dict[str, Any]] = {ManyToManyField: {"widget": CheckboxSelectMultiple}}

#: Help for fields of users, in place of Django's.
HELP_TEXTS = {
    "is_active": "Inactive users cannot sign in. Deactivate users rather than delete them.",
    "is_staff": "Can sign in to the admin.",
    "is_superuser": "Has all permissions.",
}

admin.site.enable_nav_sidebar = False  # lists need the room
admin.site.unregister([User, Group, AuthToken])
for label, name in APP_NAMES.items():
    apps.get_app_config(label).verbose_name = name
for label, model_name, name in MODEL_NAMES:
    options = apps.get_model(label, model_name)._meta
    options.verbose_name, options.verbose_name_plural = name, f"{name}s"


class PermissionField(ModelMultipleChoiceField):
    """Permissions by what they allow; Django stores their names once, when it creates them."""

    def label_from_instance(self, permission: Permission) -> str:
        return permission_label(permission)


def permission_label(permission: Permission) -> str:
    """Return what a permission allows: “Can view skipped rows”."""
    action, _, _ = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if model is None or action not in ("add", "change", "delete", "view"):
        return permission.name
    return f"Can {action} {model._meta.verbose_name_plural}"


class PermissionsAdmin(admin.ModelAdmin):
    """A form with the permissions that have an effect: most of what imports record is read-only."""

    filter_horizontal = ()
    formfield_overrides = CHECKBOXES

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        if db_field.remote_field.model is Permission:
            effective = Permission.objects.filter(WITH_EFFECT).select_related("content_type")
            kwargs |= {"form_class": PermissionField, "queryset": effective}
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[arg-type]


@admin.register(User)
class SiteUserAdmin(PermissionsAdmin, UserAdmin):
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    readonly_fields = ("last_login", "date_joined")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in HELP_TEXTS:
            field.help_text = HELP_TEXTS[db_field.name]
        return field


@admin.register(Group)
class SiteGroupAdmin(PermissionsAdmin, GroupAdmin):
    pass


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):
    """API tokens: created here for any user, shown once, and revoked by deleting them."""

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

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Show the token: only its digest is stored."""
        obj.save()
        text = f"API token of {obj.user}: {form.token}. Copy it now: it is not shown again."
        self.message_user(request, text, messages.SUCCESS)


def sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the site's sign-in, in place of the admin's own. Raises PermissionDenied for users without access."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
