"""The pages of who did what."""

from django.urls import path

from audit import views

app_name = "audit"

urlpatterns = [
    path("ui/audit", views.log, name="log"),
    path("ui/audit/verify", views.verify_log, name="verify"),
]
