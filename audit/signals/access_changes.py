"""Changes of who may do what, in the log: users, groups, their permissions, API tokens, wherever they come from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.utils import timezone
from knox.models import get_token_model

from audit.log import record
from core.actors import current_actor

#: What is told of a user or a group when it changes.
WATCHED = {
    "user": ("username", "is_active", "is_staff", "is_superuser", "password"),
    "group": ("name",),
}
UID = "audit.signals.access_changes"
TOKEN_DIGITS = 12  # of a token's hash: enough to know it again, no help to use it


def listen() -> None:
    user, token = get_user_model(), get_token_model()
    for model in (user, Group):
        pre_save.connect(_remember, sender=model, dispatch_uid=UID)
        post_save.connect(_saved, sender=model, dispatch_uid=UID)
        post_delete.connect(_deleted, sender=model, dispatch_uid=UID)
    for many_to_many in (user.groups, user.user_permissions, Group.permissions):
        m2m_changed.connect(_given_or_taken, sender=many_to_many.through, dispatch_uid=UID)
    post_save.connect(_token_made, sender=token, dispatch_uid=UID)
    post_delete.connect(_token_revoked, sender=token, dispatch_uid=UID)


# --- users and groups themselves ---


def _remember(instance: Model, update_fields: Collection[str] | None, **_: Any) -> None:
    """Remember the watched values in the database before a save that may change them."""
    watched = [name for name in WATCHED[_kind(instance)] if update_fields is None or name in update_fields]
    stored = type(instance)._default_manager.filter(pk=instance.pk) if watched else None
    instance._audit_before = stored.values(*watched).first() if stored is not None else None  # type: ignore[attr-defined]


def _saved(instance: Model, created: bool, **_: Any) -> None:
    kind = _kind(instance)
    if created:
        flags = {name: getattr(instance, name) for name in WATCHED[kind] if name.startswith("is_")}
        record(current_actor(), f"{kind}.added", str(instance), **flags)
        return
    before: dict[str, Any] = instance._audit_before or {}  # type: ignore[attr-defined]
    changed = {name: (old, getattr(instance, name)) for name, old in before.items() if old != getattr(instance, name)}
    if changed:
        detail = {name: "changed" if name == "password" else list(values) for name, values in changed.items()}
        record(current_actor(), f"{kind}.changed", str(instance), **detail)


def _deleted(instance: Model, **_: Any) -> None:
    record(current_actor(), f"{_kind(instance)}.deleted", str(instance))


def _kind(instance: Model) -> str:
    return "group" if isinstance(instance, Group) else "user"


# --- who is in which group, who has which permission ---

ACTIONS = {"post_add": "given", "post_remove": "taken", "pre_clear": "taken"}


def _given_or_taken(
    sender: type[Model], instance: Model, action: str, reverse: bool, model: type[Model], pk_set: set[Any] | None,
    **_: Any,
) -> None:  # fmt: skip
    """Record a grant or removal. instance: the user or group concerned; with `reverse` what `model` gets or loses."""
    if action not in ACTIONS:
        return
    others = model._default_manager.filter(pk__in=_linked(sender, instance, model) if pk_set is None else pk_set)
    pairs = [(other, [instance]) for other in others] if reverse else [(instance, list(others))]
    for who, what in pairs:
        if what:
            thing = "group" if isinstance(what[0], Group) else "permission"
            names = sorted(str(item) if thing == "group" else _codename(item) for item in what)
            record(current_actor(), f"{thing}.{ACTIONS[action]}", _named(who), **{f"{thing}s": names})


def _linked(through: type[Model], instance: Model, model: type[Model]) -> list[Any]:
    """The keys of everything that is linked to the instance."""
    keys = {field.related_model: field.attname for field in through._meta.concrete_fields if field.is_relation}
    links = through._default_manager.filter(**{keys[type(instance)]: instance.pk})
    return list(links.values_list(keys[model], flat=True))


def _codename(permission: Any) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def _named(who: Model) -> str:
    return f"group {who}" if isinstance(who, Group) else str(who)


# --- tokens of the API ---


def _token_made(instance: Any, created: bool, **_: Any) -> None:
    if created:
        expires = instance.expiry.isoformat() if instance.expiry else None
        record(current_actor(), "token.made", str(instance.user), token=instance.digest[:TOKEN_DIGITS], expires=expires)


def _token_revoked(instance: Any, **_: Any) -> None:
    expired = bool(instance.expiry and instance.expiry < timezone.now())
    record(current_actor(), "token.revoked", str(instance.user), token=instance.digest[:TOKEN_DIGITS], expired=expired)
