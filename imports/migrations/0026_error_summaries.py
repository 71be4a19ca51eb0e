"""The groups of errors of imports with many errors, which are found once."""

from django.db import migrations, models

CASCADE = """
    ALTER TABLE imports_error_summary ADD CONSTRAINT imports_error_summary_import_id_fkey
    FOREIGN KEY (import_id) REFERENCES import_history (import_id) ON DELETE CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [("imports", "0025_order_of_active")]

    operations = [
        migrations.CreateModel(
            name="ErrorSummary",
            fields=[
                (
                    "import_record",
                    models.OneToOneField(
                        db_column="import_id", db_constraint=False, on_delete=models.CASCADE, primary_key=True,
                        related_name="error_summary", serialize=False, to="imports.importhistory",
                    ),
                ),
                ("version", models.SmallIntegerField()),
                ("errors_by_type", models.JSONField(null=True)),
                ("groups", models.JSONField()),
                ("made_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "summary of errors",
                "verbose_name_plural": "summaries of errors",
                "db_table": "imports_error_summary",
            },
        ),
        migrations.RunSQL(CASCADE, migrations.RunSQL.noop),
    ]
