"""The forms of saved mappings: their list, saving one, uploading a file, comparing versions, and a test run."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from core.api.filters import contained_in
from core.web.forms import PageForm
from imports.models import SavedMapping
from imports.saved_mappings.names import MAX_LENGTH
from imports.saved_mappings.store import MAX_DESCRIPTION, MAX_NOTE

OFFERED, ARCHIVED = "", "archived"
NEW_VERSION = "If the name exists, save a new version"


class MappingsForm(PageForm):
    """The filter of the list."""

    search = forms.CharField(
        required=False, max_length=200, label="Name or description",
        widget=forms.SearchInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    show = forms.ChoiceField(
        required=False, label="Show", choices=[(OFFERED, "Current"), (ARCHIVED, "Archived"), ("all", "All")]
    )

    def matching(self, mappings: QuerySet[SavedMapping]) -> QuerySet[SavedMapping]:
        """Return the mappings that match; an invalid value does not filter."""
        self.is_valid()
        show, words = self.cleaned_data.get("show", OFFERED), self.cleaned_data.get("search")
        if show in (OFFERED, ARCHIVED):
            mappings = mappings.filter(archived_at__isnull=show == OFFERED)
        return mappings.filter(contained_in(("name", "description"), words)) if words else mappings


class SaveForm(PageForm):
    """Save a mapping that a page shows: that of an import or of a preview."""

    use_required_attribute = False  # a preview has these fields in the form that imports the file
    mapping_name = forms.CharField(
        max_length=MAX_LENGTH, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    mapping_note = forms.CharField(required=False, max_length=MAX_NOTE, label="Note (optional)")
    new_version = forms.BooleanField(required=False, label=NEW_VERSION)


class UploadMappingForm(PageForm):
    """A mapping that was exported."""

    file = forms.FileField(
        label="JSON file", widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        error_messages={"required": "Choose a file first.", "empty": "This file is empty."},
    )  # fmt: skip
    name = forms.CharField(
        required=False, max_length=MAX_LENGTH, label="Name (optional)", help_text="Instead of the name in the file.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    new_version = forms.BooleanField(required=False, label=NEW_VERSION)


class DescriptionForm(PageForm):
    description = forms.CharField(
        required=False, max_length=MAX_DESCRIPTION, label="Description", widget=forms.Textarea(attrs={"rows": 3})
    )


class VersionForm(PageForm):
    """A new version, as JSON."""

    mapping = forms.CharField(
        label="Mapping (JSON)",
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "class": "mono"}),
    )
    note = forms.CharField(
        required=False, max_length=MAX_NOTE, label="Note (optional)", help_text="What is special about this version."
    )
    base_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class TestRunForm(PageForm):
    file = forms.FileField(
        label="File",
        help_text="CSV, Excel, JSON or XML.",
        error_messages={"required": "Choose a file first.", "empty": "This file is empty."},
    )
    version = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
