"""What an exact undo needs: duplicates by the row they matched, and changes that somebody made with SQL."""

from django.db import connection, migrations, models

from imports.migrations._frozen import DatabaseNow, data_tables, triggers

#: Called by the triggers of every data table. The product's own changes are none by hand; nor are those of a cascade,
#: whose import is gone.
FUNCTION = """
    CREATE FUNCTION imports_note_hand_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        IF current_setting('atlas.own_change', true) = 'on' THEN RETURN NULL; END IF;
        IF TG_OP = 'UPDATE' THEN
            INSERT INTO imports_hand_change (table_name, row_id, import_id, record_number, deleted, changed_by)
            SELECT TG_TABLE_NAME, was.id, was._import_id, was._source_row_number, false, session_user
            FROM was JOIN becomes USING (id)
            WHERE was._import_id IS NOT NULL AND (was.*)::text IS DISTINCT FROM (becomes.*)::text
            ON CONFLICT (table_name, row_id) DO UPDATE SET changed_at = now(), changed_by = excluded.changed_by;
        ELSE
            INSERT INTO imports_hand_change (table_name, row_id, import_id, record_number, deleted, changed_by)
            SELECT TG_TABLE_NAME, was.id, was._import_id, was._source_row_number, true, session_user
            FROM was JOIN import_history history ON history.import_id = was._import_id
            ON CONFLICT (table_name, row_id)
            DO UPDATE SET deleted = true, changed_at = now(), changed_by = excluded.changed_by;
        END IF;
        RETURN NULL;
    END $$
"""


def watch_tables(apps, editor):
    with connection.cursor() as cursor:
        for name in data_tables():
            cursor.execute(triggers(name))


def stop_watching(apps, editor):
    with connection.cursor() as cursor:
        for name in data_tables():
            table = connection.ops.quote_name(name)
            cursor.execute(f"DROP TRIGGER atlas_changed ON {table}; DROP TRIGGER atlas_deleted ON {table}")


class Migration(migrations.Migration):
    dependencies = [("imports", "0005_deleted_imports")]

    operations = [
        migrations.AddField("importhistory", "rows_came_back", models.BooleanField(db_default=False)),
        migrations.AddIndex(
            "importhistory",
            models.Index(
                condition=models.Q(("rows_came_back", True)), fields=["table_name"], name="idx_import_history_came_back"
            ),
        ),
        migrations.AddField("keptrecord", "mapped", models.BinaryField(blank=True, null=True)),
        migrations.AddIndex(
            "keptrecord",
            models.Index(
                condition=models.Q(("fate", "duplicate")),
                fields=["matched_import_id", "matched_record_number"],
                name="imports_kept_record_match",
            ),
        ),
        migrations.CreateModel(
            name="HandChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table_name", models.CharField(max_length=255)),
                ("row_id", models.BigIntegerField()),
                ("import_id", models.UUIDField()),
                ("record_number", models.IntegerField(null=True)),
                ("deleted", models.BooleanField()),
                ("changed_at", models.DateTimeField(db_default=DatabaseNow())),
                ("changed_by", models.CharField(max_length=255)),
            ],
            options={
                "db_table": "imports_hand_change",
                "indexes": [models.Index(fields=["import_id"], name="imports_hand_change_import")],
                "constraints": [
                    models.UniqueConstraint(fields=("table_name", "row_id"), name="imports_hand_change_row")
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION imports_note_hand_change()"),
        migrations.RunPython(watch_tables, stop_watching),
    ]
