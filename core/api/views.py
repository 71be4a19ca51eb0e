"""The views of the API: an unknown query parameter is a 400, because ignoring it would answer something else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, TypeVar

from django.db.models import Model
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from core.api.parameters import known_parameters

_Model = TypeVar("_Model", bound=Model)

PAGING = ("limit", "offset")


class StrictView(APIView):
    """A view that refuses unknown query parameters after it has let the user in."""

    query_parameters: ClassVar[Collection[str] | None] = ()  # None: it checks them itself

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self.parameters_taken()
        if known is not None:
            known_parameters(request, known)

    def parameters_taken(self) -> Collection[str] | None:
        return self.query_parameters


class StrictViewSet(StrictView, GenericViewSet[_Model]):
    """A list with the parameters of its filters and pages."""

    def parameters_taken(self) -> Collection[str] | None:
        """Return them for a list; other actions take those that the class names."""
        if self.action != "list" or self.query_parameters is None:
            return self.query_parameters
        filters = getattr(self, "filterset_class", None)
        return (*self.query_parameters, *(filters.base_filters if filters else ()), *PAGING)
