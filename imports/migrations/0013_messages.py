"""Warnings and errors as codes with parameters, beside their English."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0012_long_histories")]

    operations = [
        migrations.AddField("importhistory", "warning_details", models.JSONField(blank=True, null=True)),
        migrations.AddField("mappingerror", "error_details", models.JSONField(blank=True, null=True)),
    ]
