"""The two groups: importers bring files in and take them back, auditors look at everything and change nothing."""

from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GROUPS = {
    "importer": [
        "view_importhistory", "add_importhistory", "undo_importhistory", "view_mappingerror", "view_keptrecord",
    ],
    "auditor": ["view_importhistory", "view_mappingerror", "view_keptrecord", "view_auditentry"],
}


def make_groups(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    # Permissions are made after the last migration; the groups need them now.
    for label in ("imports", "audit"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, codenames in GROUPS.items():
        made, _ = group.objects.get_or_create(name=name)
        made.permissions.set(
            permission.objects.filter(codename__in=codenames, content_type__app_label__in=["imports", "audit"])
        )


def drop_groups(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("auth", "Group").objects.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_cascading_keys"),
        ("audit", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, drop_groups)]
