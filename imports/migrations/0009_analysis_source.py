"""An import from a look at a file has the source type, the path and the facts of the file that was looked at."""

from django.db import migrations, models

from imports.migrations._frozen import SOURCE_TYPES


class Migration(migrations.Migration):
    dependencies = [("imports", "0008_tasks")]

    operations = [
        migrations.AddField(
            "analysis",
            "source_type",
            models.CharField(choices=SOURCE_TYPES, default="local_upload", max_length=50),
        ),
        migrations.AddField("analysis", "source_path", models.TextField(blank=True, null=True)),
        migrations.AddField("analysis", "origin", models.JSONField(default=dict)),
    ]
