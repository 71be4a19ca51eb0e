#!/usr/bin/env python3
"""Create a long history: clone_imports.py TABLES IMPORTS copies imports until there are this many.

It copies the imports into tables whose names begin with TABLES, in turn, with their errors and audit log entries. Each
copy is five minutes older than the one before; rows are not copied. Settings and database as for manage.py.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from imports.models import ImportHistory  # noqa: E402

IMPORTS = """
    INSERT INTO import_history ({columns}) SELECT {copied}
    FROM generate_series((SELECT count(*) FROM import_history), %(imports)s - 1) number
    JOIN (
      SELECT *, row_number() OVER (ORDER BY import_order) - 1 AS turn, count(*) OVER () AS turns
      FROM import_history WHERE table_name LIKE %(tables)s AND NOT metadata ? 'copy_of'
    ) original ON turn = number %% turns
"""
#: What a copy has of its own.
OWN = {
    "import_id": "gen_random_uuid()",
    "import_order": "nextval('imports_import_order')",
    "import_timestamp": "original.import_timestamp - number * interval '5 minutes'",
    "file_name": "'day ' || number || '.csv'",
    "file_hash": "encode(sha256(number::text::bytea), 'hex')",
    "metadata": "jsonb_build_object('copy_of', original.import_id)",
}
ERRORS = """
    INSERT INTO mapping_errors
      (import_id, record_number, source_field, target_field, error_type, error_message, source_value, location)
    SELECT copy.import_id, record_number, source_field, target_field, error_type, found.error_message, source_value,
      location
    FROM mapping_errors found JOIN import_history copy ON found.import_id = (copy.metadata ->> 'copy_of')::uuid
    WHERE NOT EXISTS (SELECT 1 FROM mapping_errors there WHERE there.import_id = copy.import_id)
"""
AUDIT_LOG = """
    INSERT INTO audit_pendingentry (actor, action, subject, detail)
    SELECT 'benchmark', action, import_id, '{}'
    FROM import_history, unnest(ARRAY['import.started', 'import.finished']) action
    WHERE metadata ? 'copy_of' AND NOT EXISTS (SELECT 1 FROM audit_auditentry WHERE subject = import_id::text)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables")
    parser.add_argument("imports", type=int)
    args = parser.parse_args()
    columns = [field.column for field in ImportHistory._meta.concrete_fields if not field.generated]
    copied = ", ".join(OWN.get(column, f"original.{column}") for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        statement = IMPORTS.format(columns=", ".join(columns), copied=copied)
        cursor.execute(statement, {"tables": f"{args.tables}%", "imports": args.imports})
        cursor.execute(ERRORS)
        cursor.execute(AUDIT_LOG, {})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
