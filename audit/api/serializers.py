"""The JSON of the audit log."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from audit.chain import Break
from audit.models import AuditEntry


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One entry of the audit log."""

    detail = serializers.DictField(allow_null=True, read_only=True, help_text="Null where retention deleted it.")

    class Meta:
        model = AuditEntry
        fields = [
            "id", "happened_at", "actor", "address", "action", "subject", "detail", "detail_digest", "previous_hash",
            "entry_hash",
        ]  # fmt: skip
        read_only_fields = fields


class HeadSerializer(serializers.Serializer[Any]):
    """The latest verified entry."""

    entry_id = serializers.IntegerField()
    entry_hash = serializers.CharField()


class BrokenSerializer(serializers.Serializer[Any]):
    """The first entry where the chain of hashes is broken."""

    entry_id = serializers.IntegerField()
    what = serializers.ChoiceField(choices=Break.choices)
    message = serializers.CharField()
    message_details = serializers.JSONField(source="message.as_json", help_text="Code and parameters of the message.")


class VerdictSerializer(serializers.Serializer[Any]):
    """The result of a verification."""

    success = serializers.BooleanField(default=True)
    intact = serializers.BooleanField()
    entries = serializers.IntegerField(help_text="Number of verified entries, from the first.")
    details_forgotten = serializers.IntegerField(help_text="Verified entries whose details retention deleted.")
    head = HeadSerializer()
    broken = BrokenSerializer(allow_null=True)
