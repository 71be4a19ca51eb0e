"""What Django's models cannot say: foreign keys that cascade in the database, and the order of imports."""

from django.db import migrations


def cascading_key(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_import_id_fkey "
        "FOREIGN KEY (import_id) REFERENCES import_history (import_id) ON DELETE CASCADE",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_import_id_fkey",
    )


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial")]

    operations = [
        cascading_key("mapping_errors"),
        cascading_key("imports_kept_record"),
        migrations.RunSQL("CREATE SEQUENCE imports_import_order", "DROP SEQUENCE imports_import_order"),
    ]
