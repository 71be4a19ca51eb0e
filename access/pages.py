"""Sign-in, sign-out, and the user's own password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.views.generic.edit import FormView

from access import messages
from access.passwords import OwnPasswordForm, SignInForm
from core.api.exception_handler import retry_headers
from core.errors import TooManyRequests
from core.web.lanes import LaneName, runs_in


class LimitedFormView(FormView):
    """A form with a password: the limit of attempts is shown above it, and nothing of it is checked."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(request, *args, **kwargs)
        except TooManyRequests as error:
            arguments = {name: value for name, value in self.get_form_kwargs().items() if name not in ("data", "files")}
            context = self.get_context_data(form=self.get_form_class()(**arguments), problem=error)
            return self.render_to_response(context, status=error.http_status, headers=retry_headers(error))


@runs_in(LaneName.READ)
class SignIn(LimitedFormView, LoginView):
    template_name = "registration/sign_in.html"
    authentication_form = SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_first_sign_in = not User.objects.filter(last_login__isnull=False).exists()
        return super().get_context_data(**kwargs) | {"is_first_sign_in": is_first_sign_in}


@runs_in(LaneName.READ)
class SignOut(LogoutView):
    next_page = settings.LOGIN_URL


@runs_in(LaneName.READ)
class OwnPassword(LoginRequiredMixin, LimitedFormView, PasswordChangeView):
    template_name = "registration/password.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("access:password")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        is_kept = form.cleaned_data["keep_tokens"]
        sentence = messages.PASSWORD_CHANGED_TOKENS_KEPT if is_kept else messages.PASSWORD_CHANGED
        notices.success(self.request, str(sentence()))
        return super().form_valid(form)
