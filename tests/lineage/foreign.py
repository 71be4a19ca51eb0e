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
