"""What a user may give to others: nothing that the user does not hold. A superuser may give everything.

Superuser and staff status, permissions and groups, and the tokens of others are given by superusers only. Others may
change only users and groups that hold no more than they do: who sets a user's password can act as that user.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q

#: Fields of the forms of users and groups that give rights.
FIELDS_OF_USERS = ("is_staff", "is_superuser", "groups", "user_permissions")
FIELDS_OF_GROUPS = ("permissions",)


def is_superuser(user: Any) -> TypeGuard[User]:
    return bool(user.is_active and user.is_superuser)


def may_change_user(user: Any, other: User) -> bool:
    """Return whether the user may change, delete or set the password of the other one, who holds no more."""
    if is_superuser(user):
        return True
    # Not `get_all_permissions`: it is empty for inactive users, who can be activated again.
    held = Permission.objects.filter(Q(user=other) | Q(group__user=other))
    return not other.is_superuser and _names(held) <= user.get_all_permissions()


def may_change_group(user: Any, group: Group) -> bool:
    return is_superuser(user) or _names(group.permissions.all()) <= user.get_all_permissions()


def may_manage_tokens_of(user: Any, owner_id: Any) -> bool:
    """Return whether the user may create and revoke tokens of the owner. owner_id: a primary key, or a text of it."""
    return is_superuser(user) or str(owner_id) == str(user.pk)


def _names(permissions: Any) -> set[str]:
    pairs = permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}
