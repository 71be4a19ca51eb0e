"""JSON of saved mappings, and the bodies of their requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from imports.models import SavedMapping, SavedMappingVersion
from imports.saved_mappings.usage import Usage


class SavedMappingSerializer(serializers.ModelSerializer[SavedMapping]):
    """A saved mapping, without what it says."""

    imports = serializers.SerializerMethodField(help_text="How many imports used it, in any version.")
    last_used_at = serializers.SerializerMethodField(help_text="When the last import used it; null: none did.")

    class Meta:
        model = SavedMapping
        fields = [
            "name", "description", "latest_version", "created_at", "created_by", "archived_at", "archived_by",
            "imports", "last_used_at",
        ]  # fmt: skip
        read_only_fields = fields

    def _usage(self, mapping: SavedMapping) -> Usage:
        usage: Mapping[int, Usage] = self.context["usage"]
        return usage.get(mapping.pk, Usage())

    def get_imports(self, mapping: SavedMapping) -> int:
        return self._usage(mapping).imports

    def get_last_used_at(self, mapping: SavedMapping) -> str | None:
        return in_utc(self._usage(mapping))


class ListedVersionSerializer(serializers.ModelSerializer[SavedMappingVersion]):
    """A version in a list, without its mapping."""

    imports = serializers.SerializerMethodField(help_text="How many imports used it.")
    last_used_at = serializers.SerializerMethodField(help_text="When the last import used it; null: none did.")

    class Meta:
        model = SavedMappingVersion
        fields = ["version", "note", "created_at", "created_by", "imports", "last_used_at"]
        read_only_fields = fields

    def _usage(self, version: SavedMappingVersion) -> Usage:
        usage: Mapping[int, Usage] = self.context["usage"]
        return usage.get(version.version, Usage())

    def get_imports(self, version: SavedMappingVersion) -> int:
        return self._usage(version).imports

    def get_last_used_at(self, version: SavedMappingVersion) -> str | None:
        return in_utc(self._usage(version))


class VersionSerializer(ListedVersionSerializer):
    """A version with its mapping."""

    mapping = serializers.JSONField(source="config", read_only=True, help_text="As /map-data takes it.")

    class Meta(ListedVersionSerializer.Meta):
        fields = [*ListedVersionSerializer.Meta.fields, "mapping"]
        read_only_fields = fields


def in_utc(usage: Usage) -> str | None:
    return f"{usage.last_used:%Y-%m-%dT%H:%M:%SZ}" if usage.last_used else None


class MappingAndVersion(serializers.Serializer[Any]):
    """A saved mapping and one of its versions."""

    success = serializers.BooleanField()
    saved_mapping = SavedMappingSerializer()
    version = VersionSerializer()


class SavedResult(MappingAndVersion):
    """What became of an attempt to save."""

    is_new_version = serializers.BooleanField(help_text="false: the latest version says the same already.")


class NewMappingRequest(serializers.Serializer[Any]):
    """What is saved under a new name: a mapping, that of an import, or that of a preview."""

    name = serializers.CharField(max_length=200, help_text="Upper and lower case make no difference.")
    description = serializers.CharField(required=False, max_length=2000)
    note = serializers.CharField(required=False, max_length=500, help_text="What is special about this version.")
    mapping = serializers.DictField(required=False, help_text="As /map-data takes it.")
    import_id = serializers.UUIDField(required=False, help_text="An import whose mapping is saved.")
    analysis_id = serializers.UUIDField(required=False, help_text="A preview of yours, whose mapping is saved.")


class MappingFileRequest(serializers.Serializer[Any]):
    """A mapping that was exported, as a file."""

    file = serializers.FileField()
    name = serializers.CharField(required=False, max_length=200, help_text="Instead of the name in the file.")
    new_version = serializers.BooleanField(
        required=False, help_text="Save a new version where a mapping has the name; without it, that is a 409."
    )


class ChangesRequest(serializers.Serializer[Any]):
    """What changes: the mapping, which is saved as a new version, the description, or whether it is archived."""

    mapping = serializers.DictField(required=False, help_text="As /map-data takes it.")
    import_id = serializers.UUIDField(required=False, help_text="An import whose mapping is saved.")
    analysis_id = serializers.UUIDField(required=False, help_text="A preview of yours, whose mapping is saved.")
    note = serializers.CharField(required=False, max_length=500, help_text="What is special about this version.")
    base_version = serializers.IntegerField(
        required=False, min_value=1, help_text="The version that you changed: a newer one is a 409."
    )
    description = serializers.CharField(required=False, max_length=2000)
    archived = serializers.BooleanField(required=False)


class TestRunRequest(serializers.Serializer[Any]):
    """The file of a test run: one that is sent, or the kept one of an import."""

    file = serializers.FileField(required=False)
    import_id = serializers.UUIDField(required=False, help_text="An import whose kept file is used.")


class DifferencesSerializer(serializers.Serializer[Any]):
    """What differs between two versions."""

    success = serializers.BooleanField()
    name = serializers.CharField()
    before = serializers.IntegerField(help_text="Version.")
    after = serializers.IntegerField(help_text="Version.")
    differences = serializers.ListField(child=serializers.CharField(), help_text="In sentences.")
    difference_details = serializers.ListField(child=serializers.DictField(), help_text="Code and params of each.")
