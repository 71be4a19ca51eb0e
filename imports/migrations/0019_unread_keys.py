"""The records that were compared with nothing, because their key could not be read."""

from django.db import migrations, models

CASCADE = """
    ALTER TABLE imports_unread_key ADD CONSTRAINT imports_unread_key_import_id_fkey
    FOREIGN KEY (import_id) REFERENCES import_history (import_id) ON DELETE CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [("imports", "0018_columns_hash")]

    operations = [
        migrations.CreateModel(
            name="UnreadKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("record_number", models.IntegerField()),
                (
                    "import_record",
                    models.ForeignKey(
                        db_column="import_id", db_constraint=False, db_index=False, on_delete=models.CASCADE,
                        related_name="unread_keys", to="imports.importhistory",
                    ),
                ),
            ],
            options={
                "verbose_name": "row with an unreadable key",
                "verbose_name_plural": "rows with an unreadable key",
                "db_table": "imports_unread_key",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("import_record", "record_number"), name="imports_unread_key_record"
                    )
                ],
            },
        ),
        migrations.RunSQL(CASCADE, migrations.RunSQL.noop),
    ]
