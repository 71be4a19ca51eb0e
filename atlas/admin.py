"""The administration of people and their rights, and the way into it: the site's own sign-in."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Field, ManyToManyField
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

#: Of apps that others wrote, as people know what is in them.
APP_NAMES = {"auth": "People and rights", "knox": "Tokens of the API", "procrastinate": "Queue"}
#: Boxes to tick work by keyboard and without scripts.
TICKED: dict[type[Field[Any, Any]], dict[str, Any]] = {ManyToManyField: {"widget": CheckboxSelectMultiple}}

admin.site.enable_nav_sidebar = False  # lists need the room
admin.site.unregister([User, Group])
for label, name in APP_NAMES.items():
    apps.get_app_config(label).verbose_name = name


@admin.register(User)
class PeopleAdmin(UserAdmin):
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    filter_horizontal = ()
    formfield_overrides = TICKED
    readonly_fields = ("last_login", "date_joined")


@admin.register(Group)
class GroupsAdmin(GroupAdmin):
    filter_horizontal = ()
    formfield_overrides = TICKED


def sign_in(request: HttpRequest) -> HttpResponse:
    """In place of the admin's own form, to which it sends whoever may not enter. Raises PermissionDenied."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
