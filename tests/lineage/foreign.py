"""Tables that no import of ours created, as their owners made them: for tests."""

from imports.history import tracking
from tests.importing import query

#: import-tracking.md, *Migration Guide*.
GUIDE = """
    ALTER TABLE {0}
    ADD COLUMN _import_id UUID REFERENCES import_history(import_id) ON DELETE CASCADE,
    ADD COLUMN _imported_at TIMESTAMP DEFAULT NOW(),
    ADD COLUMN _source_row_number INTEGER,
    ADD COLUMN _corrections_applied JSONB;
    CREATE INDEX idx_{0}_import_id ON {0}(_import_id);
"""


def guided_table(definition, values, name="mig1"):
    """A table with rows, which then got the tracking columns by the specification's own SQL."""
    query(f"CREATE TABLE {name} ({definition}); INSERT INTO {name} VALUES {values}")
    query(GUIDE.format(name))


def own_import(table, statement, rows):
    """Rows that the caller's own code imported: the id of their import. statement: with its id as the one value."""
    mine = tracking.start_import_tracking("api_direct", "own.csv", table)
    query(statement, mine)
    tracking.complete_import_tracking(mine, "success", rows, rows, rows)
    return mine


def foreign_rows(table, columns):
    """Of every row of no import: its position in its file, who wrote it, and its values."""
    return query(
        f"SELECT ctid::text, xmin::text, {columns}, _imported_at, _source_row_number, _corrections_applied"
        f" FROM {table} WHERE _import_id IS NULL ORDER BY id"
    )


#: Objects of other users, beside the tables of imports: of every kind that a database has.
APART = """
    CREATE TABLE apart (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int NOT NULL DEFAULT 7, b text,
                        twice int GENERATED ALWAYS AS (a * 2) STORED);
    INSERT INTO apart (a, b) VALUES (1, 'a'), (1, 'a'), (2, NULL);
    CREATE UNIQUE INDEX ON apart (b) WHERE a > 1;
    CREATE VIEW apart_seen AS SELECT a, b FROM apart;
    CREATE MATERIALIZED VIEW apart_kept AS SELECT sum(a) AS total FROM apart;
    CREATE TABLE apart_child (note text) INHERITS (apart);
    INSERT INTO apart_child (id, a, note) OVERRIDING SYSTEM VALUE VALUES (100, 9, 'child');
    CREATE TABLE apart_parts (a int, b text) PARTITION BY LIST (a);
    CREATE TABLE apart_part PARTITION OF apart_parts FOR VALUES IN (1);
    INSERT INTO apart_parts VALUES (1, 'part');
    CREATE FUNCTION apart_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TRIGGER apart_trigger BEFORE UPDATE ON apart FOR EACH ROW EXECUTE FUNCTION apart_trigger();
    ALTER TABLE apart ENABLE ROW LEVEL SECURITY;
    CREATE POLICY apart_policy ON apart USING (a > 0);
    CREATE SCHEMA apart;
    CREATE TABLE apart.one (a int PRIMARY KEY, b text);
    CREATE TABLE apart.two (a int REFERENCES apart.one);
    INSERT INTO apart.one VALUES (1, 'a');
    INSERT INTO apart.two VALUES (1);
"""
WITHOUT_APART = """
    DROP SCHEMA IF EXISTS apart CASCADE;
    DROP TABLE IF EXISTS apart, apart_child, apart_parts CASCADE;
    DROP FUNCTION IF EXISTS apart_trigger CASCADE
"""
ROWS_APART = ("apart", "apart_child", "apart_parts", "apart.one", "apart.two")


def objects_apart():
    """Everything that is known of them: every row with its place and its writer, and every definition."""
    rows = [query(f"SELECT tableoid::regclass::text, ctid::text, xmin::text, * FROM {name}") for name in ROWS_APART]
    definitions = query(
        "SELECT relname, relkind::text, relrowsecurity, relfilenode, ARRAY(SELECT (attname, atttypid, attnotnull,"
        " attidentity, attgenerated, attisdropped)::text FROM pg_attribute WHERE attrelid = held.oid ORDER BY attnum),"
        " CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(held.oid) WHEN relkind IN ('i', 'I') THEN"
        " pg_get_indexdef(held.oid) END, ARRAY(SELECT tgname FROM pg_trigger WHERE tgrelid = held.oid ORDER BY 1),"
        " ARRAY(SELECT polname FROM pg_policy WHERE polrelid = held.oid ORDER BY 1),"
        " ARRAY(SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = held.oid ORDER BY 1)"
        " FROM pg_class held WHERE relname LIKE 'apart%%' OR relnamespace = to_regnamespace('apart') ORDER BY held.oid"
    )
    return rows, definitions, query("SELECT total FROM apart_kept")
