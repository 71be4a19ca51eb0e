"""What only the owner of the tables can do, with the triggers off."""

from django.db import connection, transaction

TRIGGERS = {
    "audit_auditentry": ["audit_refuse_insert", "audit_refuse_change"],
    "audit_auditdetail": ["audit_refuse_insert", "audit_refuse_change", "audit_refuse_delete"],
}


def tamper(*statements):
    with transaction.atomic(), connection.cursor() as cursor:
        for table in TRIGGERS:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table, names in TRIGGERS.items():
            for name in names:
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
