"""The imports of one step, all sheets of a workbook for instance, are found by the id in their metadata."""

from django.db import migrations, models
from django.db.models.fields.json import KeyTransform


class Migration(migrations.Migration):
    dependencies = [("imports", "0019_unread_keys")]

    operations = [
        migrations.AddIndex(
            "importhistory",
            models.Index(KeyTransform("id", KeyTransform("group", "metadata")), name="idx_import_history_group"),
        ),
    ]
