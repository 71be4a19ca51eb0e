"""Repairs: what persons changed of records of imports, and the repaired records as they are now."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from imports.migrations._frozen import DatabaseNow

CASCADE = """
    ALTER TABLE {table} ADD CONSTRAINT {table}_import_id_fkey
    FOREIGN KEY (import_id) REFERENCES import_history (import_id) ON DELETE CASCADE
"""


class Migration(migrations.Migration):

    dependencies = [
        ('imports', '0022_row_updates'),
    ]

    operations = [
        migrations.CreateModel(
            name='Repair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('batch', models.UUIDField()),
                ('record_number', models.IntegerField()),
                ('attempt', models.IntegerField()),
                ('kind', models.CharField(choices=[('repair', 'Repair'), ('correction', 'Correction'), ('insert', 'Insert anyway'), ('update', 'Update')], max_length=20)),
                ('origin', models.CharField(choices=[('values', 'Values'), ('file', 'File'), ('proposal', 'Proposal'), ('decision', 'Decision')], max_length=20)),
                ('by', models.CharField(max_length=255)),
                ('by_email', models.CharField(max_length=255, null=True)),
                ('at', models.DateTimeField(db_default=DatabaseNow())),
                ('reason', models.TextField(null=True)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('values', models.JSONField(null=True)),
                ('texts', models.JSONField(null=True)),
                ('result', models.CharField(choices=[('repaired', 'Repaired'), ('partly', 'Partly repaired'), ('failed', 'Failed')], max_length=20)),
                ('errors', models.JSONField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.CharField(max_length=255, null=True)),
                ('import_record', models.ForeignKey(db_column='import_id', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='repairs', to='imports.importhistory')),
            ],
            options={
                'verbose_name': 'repair',
                'db_table': 'imports_repair',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['import_record', '-id'], name='imports_repair_newest'), models.Index(fields=['batch'], name='imports_repair_batch')],
                'constraints': [models.UniqueConstraint(fields=('import_record', 'record_number', 'attempt'), name='imports_repair_attempt')],
            },
        ),
        migrations.CreateModel(
            name='RepairedRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record_number', models.IntegerField()),
                ('location', models.TextField()),
                ('original', models.BinaryField(null=True)),
                ('mapped', models.BinaryField(null=True)),
                ('record', models.JSONField(null=True)),
                ('corrections', models.JSONField(null=True)),
                ('unread', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None)),
                ('decision', models.CharField(choices=[('repair', 'Repair'), ('correction', 'Correction'), ('insert', 'Insert anyway'), ('update', 'Update')], max_length=20, null=True)),
                ('read_errors', models.JSONField(null=True)),
                ('import_record', models.ForeignKey(db_column='import_id', db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='repaired_records', to='imports.importhistory')),
            ],
            options={
                'verbose_name': 'repaired row',
                'db_table': 'imports_repaired_record',
                'constraints': [models.UniqueConstraint(fields=('import_record', 'record_number'), name='imports_repaired_record_one')],
            },
        ),
        migrations.RunSQL(CASCADE.format(table="imports_repair"), migrations.RunSQL.noop),
        migrations.RunSQL(CASCADE.format(table="imports_repaired_record"), migrations.RunSQL.noop),
    ]
