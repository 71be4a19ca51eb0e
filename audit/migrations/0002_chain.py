"""The log becomes a chain, made by the database: no client can get it wrong, and a trigger of any table can write to it.

Whoever writes puts a row into audit_pendingentry. When that transaction commits, not before, a deferred trigger moves the
row into the chain. So the one lock of the chain is held for a commit only, whatever the transaction did before: nobody
waits for a long import, and whoever holds the lock waits for nobody.
"""

import django.db.models.deletion
from django.db import migrations, models

GENESIS = "0" * 64

#: The hash of an entry is that of a JSON list of its other fields. audit/chain.py makes the same in Python.
HASHES = """
CREATE FUNCTION audit_digest(detail jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(detail::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION audit_hash(entry audit_auditentry) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        entry.id, to_char(entry.happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.actor,
        entry.address::text, entry.action, entry.subject, entry.detail_digest, entry.previous_hash
    )::text, 'UTF8')), 'hex')
$$;
"""

#: Entries from before the chain keep their order and times; their numbers lose their gaps.
EXISTING_ENTRIES = f"""
DO $$
DECLARE
    entry audit_auditentry;
    number bigint := 0;
    head text := '{GENESIS}';
BEGIN
    FOR entry IN SELECT * FROM audit_auditentry ORDER BY id LOOP
        DELETE FROM audit_auditentry WHERE id = entry.id;
        number := number + 1;
        entry.id := number;
        entry.detail_digest := audit_digest(entry.detail);
        entry.previous_hash := head;
        entry.entry_hash := audit_hash(entry);
        head := entry.entry_hash;
        INSERT INTO audit_auditentry VALUES (entry.*);
        INSERT INTO audit_auditdetail (entry_id, detail) VALUES (number, entry.detail);
    END LOOP;
END $$;
"""

CHAIN = f"""
CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head audit_auditentry;
    entry audit_auditentry;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit log', 0));
    SELECT * INTO head FROM audit_auditentry ORDER BY id DESC LIMIT 1;
    -- A detail without its entry is left of an end that somebody cut off: no new entry takes its number.
    entry.id := coalesce(greatest(head.id, (SELECT max(entry_id) FROM audit_auditdetail)), 0) + 1;
    entry.happened_at := clock_timestamp();
    entry.actor := NEW.actor;
    entry.address := NEW.address;
    entry.action := NEW.action;
    entry.subject := NEW.subject;
    entry.detail_digest := audit_digest(NEW.detail);
    entry.previous_hash := coalesce(head.entry_hash, '{GENESIS}');
    entry.entry_hash := audit_hash(entry);
    INSERT INTO audit_auditentry VALUES (entry.*);
    INSERT INTO audit_auditdetail (entry_id, detail) VALUES (entry.id, NEW.detail);
    DELETE FROM audit_pendingentry WHERE id = NEW.id;
    RETURN NULL;
EXCEPTION WHEN unique_violation THEN
    -- Only a transaction with a snapshot of its own can miss the newest entry.
    RAISE serialization_failure USING MESSAGE = 'The audit log went on since this transaction began. Try again.';
END $$;

CREATE CONSTRAINT TRIGGER audit_chain AFTER INSERT ON audit_pendingentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain();
ALTER TABLE audit_pendingentry ENABLE ALWAYS TRIGGER audit_chain;
"""

#: ALWAYS: an import switches ordinary triggers off while it copies rows.
GUARDS = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege
    USING MESSAGE = format('The audit log is append-only: %s on %s is refused.', TG_OP, TG_TABLE_NAME);
END $$;

CREATE TRIGGER audit_refuse_insert BEFORE INSERT ON audit_auditentry
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_auditentry ENABLE ALWAYS TRIGGER audit_refuse_insert, ENABLE ALWAYS TRIGGER audit_refuse_change;

CREATE TRIGGER audit_refuse_insert BEFORE INSERT ON audit_auditdetail
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_change BEFORE UPDATE OR TRUNCATE ON audit_auditdetail
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_delete BEFORE DELETE ON audit_auditdetail
    FOR EACH STATEMENT WHEN (current_setting('audit.forgetting', true) IS DISTINCT FROM 'yes')
    EXECUTE FUNCTION audit_refuse();
ALTER TABLE audit_auditdetail ENABLE ALWAYS TRIGGER audit_refuse_insert,
    ENABLE ALWAYS TRIGGER audit_refuse_change, ENABLE ALWAYS TRIGGER audit_refuse_delete;
"""

#: The entry that it leaves says how far details may be missing: one that somebody took out by hand shows.
FORGETTING = """
CREATE FUNCTION audit_forget_details(before timestamptz, batch integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    details integer;
    last_entry bigint;
BEGIN
    PERFORM set_config('audit.forgetting', 'yes', true);
    WITH old AS (
        SELECT d.entry_id FROM audit_auditdetail d JOIN audit_auditentry e ON e.id = d.entry_id
        WHERE e.happened_at < before ORDER BY d.entry_id LIMIT batch
    ), gone AS (
        DELETE FROM audit_auditdetail d USING old WHERE d.entry_id = old.entry_id RETURNING d.entry_id
    )
    SELECT count(*), max(entry_id) INTO details, last_entry FROM gone;
    PERFORM set_config('audit.forgetting', '', true);
    IF details > 0 THEN
        INSERT INTO audit_pendingentry (actor, action, subject, detail)
        VALUES ('retention', 'audit.detail_forgotten', last_entry,
                jsonb_build_object('details', details, 'before', before));
    END IF;
    RETURN details;
END $$;
"""


def hash_field(**options) -> models.CharField:
    return models.CharField(max_length=64, **options)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PendingEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("actor", models.CharField(max_length=255)),
                ("address", models.GenericIPAddressField(null=True)),
                ("action", models.CharField(max_length=50)),
                ("subject", models.CharField(max_length=255)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={"default_permissions": ()},
        ),
        migrations.CreateModel(
            name="AuditDetail",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True,
                        related_name="kept_detail", serialize=False, to="audit.auditentry",
                    ),
                ),
                ("detail", models.JSONField()),
            ],
            options={"default_permissions": ()},
        ),
        *[
            migrations.AddField("auditentry", name, hash_field(null=True))
            for name in ("detail_digest", "previous_hash", "entry_hash")
        ],
        migrations.RunSQL(HASHES),
        migrations.RunSQL(EXISTING_ENTRIES),
        migrations.RemoveField("auditentry", "detail"),
        migrations.AlterField("auditentry", "id", models.BigIntegerField(primary_key=True, serialize=False)),
        migrations.AlterField("auditentry", "happened_at", models.DateTimeField()),
        migrations.AlterField("auditentry", "detail_digest", hash_field()),
        migrations.AlterField("auditentry", "previous_hash", hash_field(unique=True)),
        migrations.AlterField("auditentry", "entry_hash", hash_field()),
        migrations.AddIndex("auditentry", models.Index(fields=["actor"], name="audit_audit_actor_eb2256_idx")),
        migrations.AddIndex("auditentry", models.Index(fields=["happened_at"], name="audit_audit_happene_f495b3_idx")),
        migrations.RunSQL(CHAIN),
        migrations.RunSQL(GUARDS),
        migrations.RunSQL(FORGETTING),
    ]
