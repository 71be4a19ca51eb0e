"""The kinds of corrections: how a value was converted for its column."""

from __future__ import annotations

from django.db.models import TextChoices


class CorrectionKind(TextChoices):
    """correction_type of a correction, with its label on pages; {} is the type or the format.

    import-tracking.md, *Corrections Tracking*.
    """

    TYPE_COERCION = "type_coercion", "Converted to {}"  #: another notation of a number, a truth value, a UUID
    DATETIME_STANDARDIZATION = "datetime_standardization", "Converted from {}"  #: another notation of a date or a time
    WHITESPACE_TRIMMED = "whitespace_trimmed", "Trimmed spaces"  #: nothing else was changed
    NULL_TOKEN = "null_token", "Treated as empty"  #: a text that means NULL
    MANUAL = "manual", "Changed by a person"  #: a repair, with `by`, and `reason` where there is one
