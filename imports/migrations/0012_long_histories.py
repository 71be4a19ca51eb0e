"""What long histories are told by: errors by their type, names by their pattern, the imports of a table in their order."""

from django.db import migrations, models

from imports.migrations._frozen import pattern_of_name

#: Of imports that are done; their errors do not change any more.
COUNT_ERRORS = """
    UPDATE import_history SET errors_by_type = counted.by_type
    FROM (
      SELECT import_id, jsonb_object_agg(error_type, errors) AS by_type FROM (
        SELECT import_id, coalesce(error_type, '') AS error_type, count(*) AS errors FROM mapping_errors GROUP BY 1, 2
      ) of_type GROUP BY 1
    ) counted
    WHERE counted.import_id = import_history.import_id
"""


class Migration(migrations.Migration):
    dependencies = [("imports", "0011_first_record_number")]

    operations = [
        migrations.AddField("importhistory", "errors_by_type", models.JSONField(blank=True, null=True)),
        migrations.AddField(
            "importhistory",
            "file_pattern",
            models.GeneratedField(
                expression=pattern_of_name(), output_field=models.CharField(max_length=100), db_persist=True
            ),
        ),
        migrations.AddIndex(
            "importhistory",
            models.Index(
                fields=["-import_timestamp", "-import_id"],
                include=["table_name", "file_name", "user_id", "user_email"],
                name="idx_import_history_searched",
            ),
        ),
        migrations.AddIndex(
            "importhistory",
            models.Index(
                fields=["table_name", "-import_timestamp", "-import_id"],
                include=["status", "undone_at", "rows_inserted", "file_name", "file_pattern", "file_hash"],
                name="idx_import_history_of_table",
            ),
        ),
        migrations.AddIndex(
            "importhistory",
            models.Index(
                fields=["table_name"],
                include=["import_id", "import_timestamp", "rows_inserted"],
                condition=models.Q(status__in=["success", "partial"], undone_at=None),
                name="idx_import_history_standing",
            ),
        ),
        migrations.RunSQL(COUNT_ERRORS, migrations.RunSQL.noop),
    ]
