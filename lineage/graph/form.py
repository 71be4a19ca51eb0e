"""The filters of the lineage graph, for the API and the page."""

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

MIN_NODES, MAX_NODES = 10, 1000


class MomentInput(forms.DateTimeInput):
    """Show any moment that a MomentField accepts in the browser's own field, in UTC."""

    def format_value(self, value: Any) -> str | None:
        try:
            moment = MomentField(end_of_day=True, required=False).clean(value)
        except ValidationError:
            return None
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if moment else None


class GraphForm(PageForm):
    """The query parameters; empty ones do not filter."""

    table = forms.CharField(
        required=False,
        max_length=255,
        strip=False,
        widget=forms.TextInput(attrs={"list": "tables", "autocomplete": "off"}),
    )
    file = forms.CharField(
        required=False,
        label="File (SHA-256)",
        validators=[RegexValidator(rf"^{SHA256.pattern}\Z", "Enter a SHA-256: 64 hexadecimal digits.")],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    user = forms.CharField(required=False, max_length=255, label="User")
    as_of = MomentField(
        end_of_day=True,
        required=False,
        label="As of (UTC)",
        widget=MomentInput(attrs={"type": "datetime-local", "step": 1}),
    )
    include_undone = forms.ChoiceField(
        required=False, label="Undone imports", choices=[("false", "Hide"), ("true", "Show")]
    )
    limit = forms.IntegerField(
        required=False, label="Max. nodes", validators=[MinValueValidator(MIN_NODES), MaxValueValidator(MAX_NODES)]
    )

    def __init__(self, data: QueryDict, *, limit: int) -> None:
        super().__init__(data)
        self.default_limit = limit

    def clean_user(self) -> str:
        """Return the id of the user with this name or e-mail address; other values are ids already."""
        name = self.cleaned_data["user"]
        by_name = Q(username=name) | Q(email__iexact=name)
        user_id = get_user_model().objects.filter(by_name).values_list("pk", flat=True).first() if name else None
        return name if user_id is None else str(user_id)

    def query(self) -> GraphQuery:
        """Return the filters of a valid form."""
        data: dict[str, Any] = self.cleaned_data
        return GraphQuery(
            limit=data["limit"] or self.default_limit,
            table=data["table"],
            file=data["file"].lower(),
            user=data["user"],
            as_of=data["as_of"],
            include_undone=data["include_undone"] == "true",
        )
