"""Changes of rows with SQL are called manual edits; their table keeps its name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imports", "0013_messages")]

    operations = [migrations.RenameModel("HandChange", "ManualEdit")]
