"""Request bodies that name a file in the Backblaze B2 bucket and a mapping."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.mapping import MappingRequest
from imports.mapping.json_values import as_object, known_keys
from imports.saved_mappings.use import requested_mapping
from imports.sources.b2 import refuse_if_not_configured


def parse_b2_request(body: Any, serializer_class: type[serializers.Serializer[Any]]) -> tuple[str, MappingRequest]:
    """Return the file's name in the bucket and the mapping.

    body: as received; an empty body counts as an empty object. serializer_class: its first field is the file's name,
    the others are `mapping` and `saved_mapping`. Raises NotConfigured, InvalidMapping, and DRF's ValidationError.
    """
    refuse_if_not_configured()
    params = as_object(body, "The body")
    serializer = serializer_class(data=params)
    known_keys("The body", params, list(serializer.fields))
    serializer.is_valid(raise_exception=True)
    mapping = requested_mapping(params.get("mapping"), params.get("saved_mapping"))
    return serializer.validated_data[next(iter(serializer.fields))], mapping
