"""Updates of rows, which an undo takes back: the rows as the updates found them, and where the rows come from."""

from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

CASCADE = """
    ALTER TABLE {table} ADD CONSTRAINT {table}_import_id_fkey
    FOREIGN KEY (import_id) REFERENCES import_history (import_id) ON DELETE CASCADE
"""

#: A row that is changed by hand keeps what the imports made of it, as texts that can be read back whatever the session
#: is set to. Of several notes of a row all have the same.
FUNCTION = """
    CREATE OR REPLACE FUNCTION imports_note_hand_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET datestyle = 'ISO, YMD' SET timezone = 'UTC' SET extra_float_digits = 1
    SET intervalstyle = 'postgres' SET bytea_output = 'hex' AS $$
    DECLARE
        names text;
        texts text;
    BEGIN
        IF current_setting('atlas.own_change', true) = 'on' THEN RETURN NULL; END IF;
        IF TG_OP = 'UPDATE' THEN
            SELECT string_agg(quote_literal(attname), ', ' ORDER BY attnum),
                   string_agg(format('was.%I::text', attname), ', ' ORDER BY attnum)
            INTO names, texts
            FROM pg_attribute
            WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> 'id';
            EXECUTE format(
                'INSERT INTO imports_hand_change'
                ' (table_name, row_id, import_id, record_number, deleted, changed_by, law)'
                ' SELECT $1, was.id, was._import_id, was._source_row_number, becomes.id IS NULL, session_user,'
                '  CASE WHEN EXISTS (SELECT 1 FROM imports_hand_change other'
                '   WHERE other.table_name = $1 AND other.row_id = was.id AND NOT other.deleted)'
                '  THEN (SELECT other.law FROM imports_hand_change other WHERE other.table_name = $1'
                '   AND other.row_id = was.id AND NOT other.deleted ORDER BY other.id LIMIT 1)'
                '  ELSE jsonb_object(ARRAY[%s]::text[], ARRAY[%s]::text[]) END'
                ' FROM was LEFT JOIN becomes USING (id)'
                ' WHERE was._import_id IS NOT NULL AND (was.*)::text IS DISTINCT FROM (becomes.*)::text'
                ' UNION ALL'
                ' SELECT $1, becomes.id, becomes._import_id, becomes._source_row_number, false, session_user, NULL'
                ' FROM becomes LEFT JOIN was USING (id) WHERE becomes._import_id IS NOT NULL AND was.id IS NULL'
                ' ON CONFLICT (table_name, row_id, import_id) DO UPDATE'
                ' SET deleted = excluded.deleted,'
                '  record_number = CASE WHEN imports_hand_change.deleted'
                '   THEN excluded.record_number ELSE imports_hand_change.record_number END,'
                '  law = CASE WHEN imports_hand_change.deleted THEN excluded.law ELSE imports_hand_change.law END,'
                '  changed_at = now(), changed_by = excluded.changed_by', names, texts)
            USING TG_TABLE_NAME;
        ELSIF TG_OP = 'DELETE' THEN
            UPDATE imports_hand_change change SET deleted = true, changed_at = now(), changed_by = session_user
            FROM was WHERE change.table_name = TG_TABLE_NAME AND change.row_id = was.id;
            INSERT INTO imports_hand_change (table_name, row_id, import_id, record_number, deleted, changed_by)
            SELECT TG_TABLE_NAME, was.id, was._import_id, was._source_row_number, true, session_user
            FROM was JOIN import_history history ON history.import_id = was._import_id
            ON CONFLICT (table_name, row_id, import_id) DO NOTHING;
        ELSE
            UPDATE imports_hand_change SET deleted = true, changed_at = now(), changed_by = session_user
            WHERE table_name = TG_TABLE_NAME;
            EXECUTE format(
                'INSERT INTO imports_hand_change (table_name, row_id, import_id, record_number, deleted, changed_by)'
                ' SELECT $1, id, _import_id, _source_row_number, true, session_user FROM %I.%I'
                ' ON CONFLICT (table_name, row_id, import_id) DO NOTHING', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            USING TG_TABLE_NAME;
        END IF;
        RETURN NULL;
    END $$
"""
_BEFORE = import_module("imports.migrations.0011_first_record_number")
FORMER = _BEFORE.FORMER.replace(_BEFORE.LAST, _BEFORE.FIRST)


def of_import(related_name):
    return models.ForeignKey(
        db_column="import_id", db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE,
        related_name=related_name, to="imports.importhistory",
    )  # fmt: skip


def texts(**options):
    return django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None, **options)


def own_id():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


LOADED = models.Q(("status__in", ["success", "partial"]))
COUNTS = ("total_rows_in_file", "rows_inserted", "rows_skipped", "duplicates_found", "rows_rejected", "rows_filtered")
ADD_UP = models.Q(
    **{f"{name}__isnull": False for name in COUNTS},
    total_rows_in_file=models.F("rows_inserted") + models.F("rows_updated") + models.F("rows_skipped"),
    rows_skipped=models.F("duplicates_found") + models.F("rows_rejected") + models.F("rows_filtered"),
)


class Migration(migrations.Migration):
    dependencies = [("imports", "0021_waiting_for")]

    operations = [
        migrations.AddField("importhistory", "rows_updated", models.IntegerField(db_default=0)),
        migrations.AddField("importhistory", "updated_columns", texts(blank=True, null=True)),
        migrations.RemoveConstraint("importhistory", "import_history_fates_add_up"),
        migrations.AddConstraint(
            "importhistory",
            models.CheckConstraint(name="import_history_fates_add_up", condition=~LOADED | ADD_UP),
        ),
        migrations.AddField("keptrecord", "differs", models.JSONField(blank=True, null=True)),
        migrations.AlterField(
            "keptrecord",
            "fate",
            models.CharField(
                choices=[
                    ("inserted", "Imported"),
                    ("updated", "Updated"),
                    ("duplicate", "Duplicate"),
                    ("rejected", "Rejected"),
                    ("filtered", "Filtered"),
                ],
                max_length=20,
            ),
        ),  # fmt: skip
        migrations.AddField("manualedit", "law", models.JSONField(null=True)),
        migrations.RunSQL(FUNCTION, FORMER),
        migrations.CreateModel(
            name="RowOrigin",
            fields=[
                ("id", own_id()),
                ("table_name", models.CharField(max_length=255)),
                ("row_id", models.BigIntegerField()),
                ("import_id", models.UUIDField()),
                ("record_number", models.IntegerField(null=True)),
            ],
            options={
                "verbose_name": "origin of an updated row",
                "verbose_name_plural": "origins of updated rows",
                "db_table": "imports_row_origin",
                "constraints": [
                    models.UniqueConstraint(fields=("table_name", "row_id"), name="imports_row_origin_row")
                ],
                "indexes": [models.Index(fields=["import_id", "record_number"], name="imports_row_origin_record")],
            },
        ),
        migrations.CreateModel(
            name="RowUpdate",
            fields=[
                ("id", own_id()),
                ("record_number", models.IntegerField()),
                ("table_name", models.CharField(max_length=255)),
                ("row_id", models.BigIntegerField(null=True)),
                ("import_order", models.BigIntegerField()),
                ("columns", texts()),
                ("record", models.JSONField(null=True)),
                ("record_corrections", models.JSONField(null=True)),
                ("before", models.JSONField(null=True)),
                ("before_import_id", models.UUIDField(null=True)),
                ("before_record_number", models.IntegerField(null=True)),
                ("before_imported_at", models.DateTimeField(null=True)),
                ("before_corrections", models.JSONField(null=True)),
                ("by_hand", models.BooleanField(db_default=False)),
                ("found", models.JSONField(null=True)),
                ("import_record", of_import("row_updates")),
            ],
            options={
                "verbose_name": "update of a row",
                "verbose_name_plural": "updates of rows",
                "db_table": "imports_row_update",
                "constraints": [
                    models.UniqueConstraint(fields=("import_record", "record_number"), name="imports_row_update_record")
                ],
                "indexes": [
                    models.Index(fields=["table_name", "row_id", "import_order"], name="imports_row_update_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="UnreadCell",
            fields=[
                ("id", own_id()),
                ("record_number", models.IntegerField()),
                ("columns", texts()),
                ("import_record", of_import("unread_cells")),
            ],
            options={
                "verbose_name": "row with unreadable cells",
                "verbose_name_plural": "rows with unreadable cells",
                "db_table": "imports_unread_cell",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("import_record", "record_number"), name="imports_unread_cell_record"
                    )
                ],
            },
        ),
        migrations.RunSQL(CASCADE.format(table="imports_row_update"), migrations.RunSQL.noop),
        migrations.RunSQL(CASCADE.format(table="imports_unread_cell"), migrations.RunSQL.noop),
    ]
