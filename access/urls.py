"""The pages of signing in and of the user's own password."""

from django.urls import path

from access import pages

app_name = "access"

urlpatterns = [
    path("ui/sign-in", pages.SignIn.as_view(), name="sign_in"),
    path("ui/sign-out", pages.SignOut.as_view(), name="sign_out"),
    path("ui/password", pages.OwnPassword.as_view(), name="password"),
]
