"""Users of imports: import_history has their id and email address, pages show their user name."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from imports.models import ImportHistory


def with_user_names(imports: QuerySet[ImportHistory]) -> QuerySet[ImportHistory]:
    """Add `user_name` to each import: the user, or the command that ran it; None if the user does not exist."""
    user_name = Subquery(_users().filter(id_text=OuterRef("user_id")).values("username")[:1])
    return imports.annotate(
        user_name=Coalesce(user_name, KeyTextTransform("actor", "metadata"), output_field=CharField())
    )


def by_user(search: str) -> Q:
    """Return the condition for imports by users whose email address or name contains the text, or whose id it is."""
    ids = _users().filter(username__icontains=search).values_list("id_text", flat=True)
    return Q(user_email__icontains=search) | Q(
        user_id__in=[search, *ids]
    )  # the ids are read first, so that an index is used


def _users() -> QuerySet:
    return get_user_model().objects.annotate(id_text=Cast("pk", CharField()))
