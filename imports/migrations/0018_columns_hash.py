"""Imports whose headers fill the same columns are found as one kind, so that the plan of one of them is read."""

from django.db import migrations, models

#: Of imports by earlier versions: plans that say the same have the same hash, which is all that a hash is for.
HASH_PLANS = """
    UPDATE import_history SET columns_hash = md5(
      (mapping_config -> 'header')::text
      || jsonb_path_query_array(mapping_config, '$.columns[*].name')::text
      || jsonb_path_query_array(mapping_config, '$.columns[*].header')::text
      || jsonb_path_query_array(mapping_config, '$.columns[*].source')::text
    )
    WHERE status IN ('success', 'partial') AND jsonb_typeof(mapping_config -> 'header') = 'array'
      AND jsonb_typeof(mapping_config -> 'columns') = 'array'
"""


class Migration(migrations.Migration):
    dependencies = [("imports", "0017_not_read")]

    operations = [
        migrations.AddField("importhistory", "columns_hash", models.CharField(blank=True, max_length=64, null=True)),
        migrations.RunSQL(HASH_PLANS, migrations.RunSQL.noop),
        migrations.AddIndex(
            "importhistory",
            models.Index(
                fields=["table_name", "columns_hash", "-import_order"],
                condition=models.Q(status__in=["success", "partial"], undone_at=None),
                name="idx_import_history_columns",
            ),
        ),
    ]
