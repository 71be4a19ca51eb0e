"""Every change by hand: one note for each import that a row was of, ids that were changed, and TRUNCATE."""

from django.db import connection, migrations, models

from imports.migrations._frozen import data_tables, triggers

#: A row whose id was changed is gone under the old one, and changed under the new one. A row that is deleted counts so
#: for every import that it was of.
FUNCTION = """
    CREATE OR REPLACE FUNCTION imports_note_hand_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        IF current_setting('atlas.own_change', true) = 'on' THEN RETURN NULL; END IF;
        IF TG_OP = 'UPDATE' THEN
            INSERT INTO imports_hand_change (table_name, row_id, import_id, record_number, deleted, changed_by)
            SELECT TG_TABLE_NAME, was.id, was._import_id, was._source_row_number, becomes.id IS NULL, session_user
            FROM was LEFT JOIN becomes USING (id)
            WHERE was._import_id IS NOT NULL AND (was.*)::text IS DISTINCT FROM (becomes.*)::text
            UNION ALL
            SELECT TG_TABLE_NAME, becomes.id, becomes._import_id, becomes._source_row_number, false, session_user
            FROM becomes LEFT JOIN was USING (id) WHERE becomes._import_id IS NOT NULL AND was.id IS NULL
            ON CONFLICT (table_name, row_id, import_id) DO UPDATE
            SET deleted = excluded.deleted, record_number = excluded.record_number,
                changed_at = now(), changed_by = excluded.changed_by;
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
#: As 0006 created it.
FORMER = """
    CREATE OR REPLACE FUNCTION imports_note_hand_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
            cursor.execute(f"DROP TRIGGER atlas_truncated ON {connection.ops.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies = [("imports", "0009_analysis_source")]

    operations = [
        migrations.RemoveConstraint("handchange", "imports_hand_change_row"),
        migrations.AddConstraint(
            "handchange",
            models.UniqueConstraint(fields=["table_name", "row_id", "import_id"], name="imports_hand_change_row"),
        ),
        migrations.RunSQL(FUNCTION, FORMER),
        migrations.RunPython(watch_tables, stop_watching),
    ]
