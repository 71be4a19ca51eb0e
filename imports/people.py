"""Who brought an import in: import_history keeps an id and an address, people go by their user names."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast

from imports.models import ImportHistory


def with_user_names(imports: QuerySet[ImportHistory]) -> QuerySet[ImportHistory]:
    """Each import with `user_name`; None where its user_id is of somebody else's system, or gone."""
    person = _users().filter(id_text=OuterRef("user_id"))
    return imports.annotate(user_name=Subquery(person.values("username")[:1]))


def by_person(words: str) -> Q:
    """Imports of people whose e-mail address or user name has these letters, or whose id this is."""
    named = _users().filter(username__icontains=words).values("id_text")
    return Q(user_email__icontains=words) | Q(user_id=words) | Q(user_id__in=named)


def _users() -> QuerySet:
    return get_user_model().objects.annotate(id_text=Cast("pk", CharField()))
