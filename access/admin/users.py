"""The admin of users and groups: users give no rights that they do not hold."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ManyToManyField, Q
from django.forms import CheckboxSelectMultiple, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse

from access import messages
from access.passwords import UsersPasswordForm
from access.rights import (
    FIELDS_OF_GROUPS,
    FIELDS_OF_USERS,
    is_superuser,
    may_change_group,
    may_change_user,
)
from core.messages import Message

#: The permissions that have an effect.
WITH_EFFECT = Q(content_type__model__in=["user", "group", "authtoken"]) | Q(
    codename__in=[
        "view_importhistory", "add_importhistory", "undo_importhistory", "view_mappingerror", "view_keptrecord",
        "view_auditentry", "view_usedlimit", "delete_usedlimit",
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

admin.site.unregister([User, Group])


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


class RightsAdmin(admin.ModelAdmin):
    """A form whose fields that give rights are for superusers; others cannot change what holds more than they do."""

    filter_horizontal = ()
    formfield_overrides = CHECKBOXES
    fields_of_rights: tuple[str, ...] = ()

    def may_change(self, request: HttpRequest, obj: Any) -> bool:
        """Return whether the object holds no more than the user."""
        raise NotImplementedError

    def holds_more(self, obj: Any) -> Message:
        """Return why the object cannot be changed."""
        raise NotImplementedError

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any) -> Any:
        if db_field.remote_field.model is Permission:
            # Most of what imports record is read-only: no other permission has an effect.
            effective = Permission.objects.filter(WITH_EFFECT).select_related("content_type")
            kwargs |= {"form_class": PermissionField, "queryset": effective}
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[arg-type]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if is_superuser(request.user) else (*fields, *self.fields_of_rights)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or self.may_change(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or self.may_change(request, obj))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Refuse what the form did not offer, with the reason: Django ignores it, or refuses it without one."""
        if request.method == "POST":
            self.refuse_rights(request)
            self.refuse_if_it_holds_more(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        self.refuse_if_it_holds_more(request, object_id)
        return super().delete_view(request, object_id, extra_context)

    def refuse_rights(self, request: HttpRequest) -> None:
        sent = [name for name in self.fields_of_rights if name in request.POST]
        if sent and not is_superuser(request.user):
            labels = [str(self.opts.get_field(name).verbose_name) for name in sent]  # type: ignore[union-attr]
            raise PermissionDenied(str(messages.RIGHTS_NEED_SUPERUSER(fields=labels)))

    def refuse_if_it_holds_more(self, request: HttpRequest, object_id: str | None) -> None:
        obj = self.get_object(request, object_id) if object_id else None
        if obj is not None and not self.may_change(request, obj):
            raise PermissionDenied(str(self.holds_more(obj)))


@admin.register(User)
class SiteUserAdmin(RightsAdmin, UserAdmin):
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    readonly_fields = ("last_login", "date_joined")
    change_password_form = UsersPasswordForm
    fields_of_rights = FIELDS_OF_USERS

    def may_change(self, request: HttpRequest, obj: User) -> bool:
        return may_change_user(request.user, obj)

    def holds_more(self, obj: User) -> Message:
        return messages.USER_HOLDS_MORE(name=obj.username)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in HELP_TEXTS:
            field.help_text = HELP_TEXTS[db_field.name]
        return field

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        self.refuse_if_it_holds_more(request, id)
        return super().user_change_password(request, id, form_url)


@admin.register(Group)
class SiteGroupAdmin(RightsAdmin, GroupAdmin):
    fields_of_rights = FIELDS_OF_GROUPS

    def may_change(self, request: HttpRequest, obj: Group) -> bool:
        return may_change_group(request.user, obj)

    def holds_more(self, obj: Group) -> Message:
        return messages.GROUP_HOLDS_MORE(name=obj.name)
