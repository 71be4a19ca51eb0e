"""A row's first record number stays with the change: what it was before anybody changed it."""

from importlib import import_module

from django.db import migrations

FORMER = import_module("imports.migrations.0010_all_hand_changes").FUNCTION
LAST = "record_number = excluded.record_number,"
#: A row that was deleted and stands again under the same id is another one.
FIRST = """record_number = CASE WHEN imports_hand_change.deleted
                    THEN excluded.record_number ELSE imports_hand_change.record_number END,"""
assert LAST in FORMER


class Migration(migrations.Migration):
    dependencies = [("imports", "0010_all_hand_changes")]

    operations = [migrations.RunSQL(FORMER.replace(LAST, FIRST), FORMER)]
