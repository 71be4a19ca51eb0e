"""Bodies that name an object of the B2 bucket: its name and a mapping."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.mapping import MappingRequest, parse_mapping
from imports.mapping.json_values import as_object, known_keys
from imports.sources.b2 import refuse_if_not_configured


def b2_file_of(body: Any, form: type[serializers.Serializer[Any]]) -> tuple[str, MappingRequest]:
    """The object's name and the mapping. Raises NotConfigured, InvalidMapping, and DRF's ValidationError.

    body: as it came; an empty object where nothing came. form: its first field is the name, the other one `mapping`.
    """
    refuse_if_not_configured()
    given = as_object(body, "The body")
    fields = form(data=given)
    known_keys("The body", given, list(fields.fields))
    fields.is_valid(raise_exception=True)
    return fields.validated_data[next(iter(fields.fields))], parse_mapping(given.get("mapping"))
