"""Sentences about backups: why one is not made or restored, and what differs after a restore."""

from core.messages import Sentence

FOLDER_NOT_EMPTY = Sentence(
    "backup_folder_not_empty", "The folder {folder} is not empty. Name a new or an empty folder for the backup."
)
NO_BACKUP = Sentence(
    "no_backup",
    "The folder {folder} contains no complete backup: its {name} is missing or damaged. Name a folder that manage.py "
    "backup made.",
)
PROGRAM_MISSING = Sentence(
    "database_program_missing",
    "The program {program} of PostgreSQL {version}, the version of the database, was not found. Install the client "
    "programs of that version (postgresql-client-{version}) on this machine, then try again.",
)
PROGRAM_FAILED = Sentence(
    "database_program_failed", "{program} ended with status {status}. Nothing was stored. Its last lines: {output}"
)
NEWER_VERSION = Sentence(
    "backup_of_newer_version",
    "The backup is of a newer version of Content Atlas, which has the migration {migration}. Install that version, "
    "then restore it.",
)
TARGET_HAS_TABLES = Sentence(
    "restore_target_has_tables",
    "The database of this instance is not empty: it has {tables:counted table}. Nothing was changed. Restore into a "
    "new instance: another data directory (ATLAS_DATA_DIR), or an empty database (DATABASE_URL).",
)
TARGET_HAS_FILES = Sentence(
    "restore_target_has_files",
    "The storage of this instance has source files that are not in the backup, for example {sha256}. Nothing was "
    "changed. Restore into a new instance: another data directory (ATLAS_DATA_DIR) or an empty bucket (S3_BUCKET).",
)
KEY_DIFFERS = Sentence(
    "restore_key_differs",
    "ATLAS_SECRET_KEY is not the secret key of the backup: users have to sign in again. To keep their sessions, set it "
    "to the key in {path}.",
)

# --- what differs after a restore

ROWS_DIFFER_FROM_BACKUP = Sentence(
    "rows_differ_from_backup", "Table {table} has {found:counted row}, but {expected:,} in the backup."
)
FILES_NOT_IN_BACKUP = Sentence(
    "files_not_in_backup",
    "{files:counted source file was,source files were} missing or damaged when the backup was made, for example "
    "{sha256}.",
)
