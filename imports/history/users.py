"""Who brought an import in: import_history keeps an id and an address, people go by their user names."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from imports.models import ImportHistory


def with_user_names(imports: QuerySet[ImportHistory]) -> QuerySet[ImportHistory]:
    """Each import with `user_name`, or the command that ran it; None where its user_id is unknown here, or gone."""
    person = Subquery(_users().filter(id_text=OuterRef("user_id")).values("username")[:1])
    return imports.annotate(user_name=Coalesce(person, KeyTextTransform("actor", "metadata"), output_field=CharField()))


def by_person(words: str) -> Q:
    """Imports of people whose e-mail address or user name has these letters, or whose id this is."""
    named = _users().filter(username__icontains=words).values_list("id_text", flat=True)
    return Q(user_email__icontains=words) | Q(user_id__in=[words, *named])  # asked first: so an index tells the rest


def _users() -> QuerySet:
    return get_user_model().objects.annotate(id_text=Cast("pk", CharField()))
