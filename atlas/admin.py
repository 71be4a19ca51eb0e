"""The names of libraries in the admin, and its sign-in: that of the site."""

from __future__ import annotations

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

#: Names of the apps of libraries, and of limits, of which the admin shows failed sign-ins.
APP_NAMES = {"auth": "Users & groups", "core": "Sign-in", "knox": "API", "procrastinate": "Background jobs"}
#: Names of their models.
MODEL_NAMES = [
    ("core", "UsedLimit", "failed sign-in"), ("knox", "AuthToken", "API token"),
    ("procrastinate", "ProcrastinateJob", "background job"),
]  # fmt: skip

admin.site.enable_nav_sidebar = False  # lists need the room
for label, name in APP_NAMES.items():
    apps.get_app_config(label).verbose_name = name
for label, model_name, name in MODEL_NAMES:
    options = apps.get_model(label, model_name)._meta
    options.verbose_name, options.verbose_name_plural = name, f"{name}s"


def sign_in(request: HttpRequest) -> HttpResponse:
    """Redirect to the site's sign-in, in place of the admin's own. Raises PermissionDenied for users without access."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
