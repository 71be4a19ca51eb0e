"""The errors of single rows, and the next rows that have some, are found without reading all errors of an import."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0026_error_summaries")]

    operations = [
        migrations.AddIndex(
            "mappingerror", models.Index(fields=["import_record", "record_number"], name="idx_mapping_errors_record")
        ),
    ]
