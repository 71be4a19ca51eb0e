"""The place of an import in the order of its table is its own only while it is active: a rerun takes it over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("imports", "0024_saved_mappings")]

    operations = [
        migrations.AlterField("importhistory", "import_order", models.BigIntegerField(blank=True, null=True)),
        migrations.AddConstraint(
            "importhistory",
            models.UniqueConstraint(
                fields=["import_order"], condition=models.Q(undone_at=None), name="import_history_order_of_active"
            ),
        ),
    ]
