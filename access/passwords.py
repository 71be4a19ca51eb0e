"""Changes of passwords: the tokens of the user end with the old one, unless they are kept by choice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User

from access.sign_ins import attempt_succeeded, count_attempt
from access.tokens import end_tokens


class EndTokens:
    """A password validator, because Django calls each when a password is changed: by a form, a command or code.

    It does not call them when it only stores the same password with another hash.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Accept every password."""

    def get_help_text(self) -> str:
        return "API tokens end with the old password, unless you keep them."

    def password_changed(self, password: str, user: User | None = None) -> None:
        if user is not None and user.pk and not getattr(user, "keeps_tokens", False):
            end_tokens(user)


def keep_tokens_field(whose: str) -> forms.BooleanField:
    return forms.BooleanField(
        required=False,
        label=f"Keep {whose} API tokens",
        help_text="Do not tick this if other people may know the old password: they may have the tokens too.",
    )


class SignInForm(AuthenticationForm):
    """User name and password; the browser may fill them in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean(self) -> dict[str, Any]:
        """Raises TooManyRequests."""
        cleaned: dict[str, Any] = super().clean()
        if self.user_cache is not None and self.request is not None:
            attempt_succeeded(self.cleaned_data["username"], self.request)
        return cleaned


class OwnPasswordForm(PasswordChangeForm):
    """A new password for the user who is signed in."""

    keep_tokens = keep_tokens_field("my")

    def __init__(self, user: User, *args: Any, request: Any = None, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request, self.label_suffix = request, ""
        self.fields["new_password1"].help_text = "At least 8 characters, not only digits, and not a common password."

    def clean_old_password(self) -> str:
        """Count a wrong password as a failed sign-in: an open session may be in wrong hands. Raises TooManyRequests."""
        name = self.user.get_username()
        count_attempt(name, self.request)
        password: str = super().clean_old_password()
        attempt_succeeded(name, self.request)
        return password

    def save(self, commit: bool = True) -> User:
        self.user.keeps_tokens = self.cleaned_data["keep_tokens"]  # type: ignore[attr-defined]
        return super().save(commit)


class UsersPasswordForm(AdminPasswordChangeForm):
    """A new password for another user, or none."""

    keep_tokens = keep_tokens_field("the user's")

    def save(self, commit: bool = True) -> User:
        keeps_tokens = self.cleaned_data["keep_tokens"]
        self.user.keeps_tokens = keeps_tokens
        user: User = super().save(commit)
        if not user.has_usable_password() and not keeps_tokens:
            end_tokens(user)  # Django sends no signal when a password is disabled
        return user
