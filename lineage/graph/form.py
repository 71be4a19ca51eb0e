"""What may be asked of the lineage graph, by the API and by the page alike."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db.models import Q
from django.http import QueryDict

from core.api.filters import MomentField
from core.web.forms import PageForm
from lineage.graph.queries import GraphQuery
from lineage.provenance.files import SHA256

LEAST, MOST = 10, 1000  # nodes


class MomentInput(forms.DateTimeInput):
    """Shows any moment that a MomentField takes in the browser's own field, in UTC."""

    def format_value(self, value: Any) -> str | None:
        try:
            moment = MomentField(end_of_day=True, required=False).clean(value)
        except ValidationError:
            return None
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if moment else None


class GraphForm(PageForm):
    """The parameters of the address; one that is empty is not asked for."""

    table = forms.CharField(
        required=False,
        max_length=255,
        strip=False,
        widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"}),
    )
    file = forms.CharField(
        required=False,
        label="File (SHA-256)",
        validators=[RegexValidator(rf"^{SHA256.pattern}\Z", "Give the SHA-256 of a file: 64 hexadecimal digits.")],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    user = forms.CharField(required=False, max_length=255, label="Person")
    as_of = MomentField(
        end_of_day=True,
        required=False,
        label="As it was (UTC)",
        widget=MomentInput(attrs={"type": "datetime-local", "step": 1}),
    )
    include_undone = forms.ChoiceField(
        required=False, label="Undone imports", choices=[("false", "Leave out"), ("true", "Show as undone")]
    )
    limit = forms.IntegerField(
        required=False, label="Nodes at most", validators=[MinValueValidator(LEAST), MaxValueValidator(MOST)]
    )

    def __init__(self, given: QueryDict, *, limit: int) -> None:
        super().__init__(given)
        self.usual_limit = limit  # where the address does not say

    def clean_user(self) -> str:
        """The id of whoever has this user name or e-mail address; else it is an id itself."""
        words = self.cleaned_data["user"]
        named = Q(username=words) | Q(email__iexact=words)
        found = get_user_model().objects.filter(named).values_list("pk", flat=True).first() if words else None
        return words if found is None else str(found)

    def asked(self) -> GraphQuery:
        """Of a form that is valid."""
        given: dict[str, Any] = self.cleaned_data
        return GraphQuery(
            limit=given["limit"] or self.usual_limit,
            table=given["table"],
            file=given["file"].lower(),
            user=given["user"],
            as_of=given["as_of"],
            include_undone=given["include_undone"] == "true",
        )
