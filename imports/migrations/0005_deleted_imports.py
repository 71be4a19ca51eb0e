"""Imports that somebody deletes with SQL, with all their rows: the audit log tells of it, with the database's role.

The product itself deletes only the record of an import that it refused while it was in progress.
"""

from django.db import migrations

DELETED = """
CREATE FUNCTION imports_tell_of_deleted() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO audit_pendingentry (actor, address, action, subject, detail)
    SELECT 'database role ' || session_user, inet_client_addr(),
           CASE status WHEN 'in_progress' THEN 'import.withdrawn' ELSE 'import.deleted' END, import_id,
           jsonb_build_object(
               'table_name', table_name, 'status', status, 'undone', undone_at IS NOT NULL,
               'rows_inserted', coalesce(rows_inserted, 0), 'imports_deleted', count(*) OVER ())
    FROM gone ORDER BY import_order, import_id;
    RETURN NULL;
END $$;

CREATE TRIGGER imports_tell_of_deleted AFTER DELETE ON import_history REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION imports_tell_of_deleted();
ALTER TABLE import_history ENABLE ALWAYS TRIGGER imports_tell_of_deleted;

CREATE FUNCTION imports_tell_of_truncated() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO audit_pendingentry (actor, address, action, subject, detail)
    SELECT 'database role ' || session_user, inet_client_addr(), 'import.truncated', 'import_history',
           jsonb_build_object('imports_deleted', count(*))
    FROM import_history;
    RETURN NULL;
END $$;

CREATE TRIGGER imports_tell_of_truncated BEFORE TRUNCATE ON import_history
    FOR EACH STATEMENT EXECUTE FUNCTION imports_tell_of_truncated();
ALTER TABLE import_history ENABLE ALWAYS TRIGGER imports_tell_of_truncated;
"""

DROPPED = "DROP FUNCTION imports_tell_of_deleted() CASCADE; DROP FUNCTION imports_tell_of_truncated() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("imports", "0004_header_hash"), ("audit", "0002_chain")]

    operations = [migrations.RunSQL(DELETED, DROPPED)]
