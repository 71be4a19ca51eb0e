"""Mappings that are saved by name, with versions; the imports that used one are found by the id in their metadata."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models.fields.json import KeyTransform

from imports.migrations._frozen import DatabaseNow


class Migration(migrations.Migration):
    dependencies = [("imports", "0023_repairs")]

    operations = [
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("name_key", models.CharField(max_length=600, unique=True)),
                ("description", models.TextField(blank=True, db_default="")),
                ("latest_version", models.IntegerField(db_default=0)),
                ("created_at", models.DateTimeField(db_default=DatabaseNow())),
                ("created_by", models.CharField(max_length=255)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                ("archived_by", models.CharField(blank=True, db_default="", max_length=255)),
            ],
            options={
                "verbose_name": "saved mapping",
                "db_table": "imports_saved_mapping",
                "ordering": ["name_key"],
            },
        ),
        migrations.CreateModel(
            name="SavedMappingVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField()),
                ("config", models.JSONField()),
                ("note", models.TextField(blank=True, db_default="")),
                ("created_at", models.DateTimeField(db_default=DatabaseNow())),
                ("created_by", models.CharField(max_length=255)),
                ("header_hash", models.CharField(blank=True, max_length=64, null=True)),
                (
                    "sources",
                    django.contrib.postgres.fields.ArrayField(models.TextField(), blank=True, default=list, size=None),
                ),
                (
                    "saved_mapping",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="imports.savedmapping"
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a saved mapping",
                "verbose_name_plural": "versions of saved mappings",
                "db_table": "imports_saved_mapping_version",
                "ordering": ["-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("saved_mapping", "version"), name="imports_saved_mapping_version_number"
                    )
                ],
                "indexes": [models.Index(fields=["header_hash"], name="imports_saved_mapping_header")],
            },
        ),
        migrations.AddIndex(
            "importhistory",
            models.Index(
                KeyTransform("id", KeyTransform("saved_mapping", "metadata")), name="idx_import_history_saved"
            ),
        ),
    ]
