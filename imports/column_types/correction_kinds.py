"""The kinds of corrections: what was done to a value on its way into a column."""

from __future__ import annotations

from django.db.models import TextChoices


class CorrectionKind(TextChoices):
    """correction_type of a correction, with what the pages say of it; {} is the type or the format.

    import-tracking.md, *Corrections Tracking*.
    """

    TYPE_COERCION = "type_coercion", "Read as {}"  #: another notation of a number, a truth value, a UUID
    DATETIME_STANDARDIZATION = "datetime_standardization", "Read as {}"  #: another notation of a date or a time
    WHITESPACE_TRIMMED = "whitespace_trimmed", "Spaces around it taken away"  #: nothing else was changed
    NULL_TOKEN = "null_token", "Stands for no value"  #: a text that means NULL
