"""Sentences about faults of the service's disks and of its database."""

from core.messages import Sentence

# --- disks and files

DISK_FULL = Sentence(
    "disk_full",
    "The disk of the service is full. Your file is fine. Ask an administrator to free disk space, then try again.",
)
DATABASE_DISK_FULL = Sentence(
    "database_disk_full",
    "The disk of the database is full. Your file is fine. Ask an administrator to free disk space there, then try "
    "again.",
)
FILES_FAILED = Sentence(
    "files_failed",
    "The service cannot read or write its own files ({error}). Your file is fine. Ask an administrator to check the "
    "disk, its permissions and the limit of open files, then try again.",
)

# --- the database

_TRY_AGAIN = " Try again in a minute. If this continues, ask an administrator to check the database."

DATABASE_AWAY = Sentence(
    "database_away",
    f"The database does not respond: it is stopped, is being restarted, or has no free connection.{_TRY_AGAIN}",
)
DATABASE_STARTING = Sentence("database_starting", f"The database is starting or recovering.{_TRY_AGAIN}")
DATABASE_STOPPING = Sentence("database_stopping", f"The database is being stopped or restarted.{_TRY_AGAIN}")
DATABASE_SESSION_ENDED = Sentence(
    "database_session_ended",
    "The database ended the session of this request, which had done nothing in it for longer than a time limit allows. "
    "Try again. If this continues, ask an administrator to check ATLAS_IDLE_SECONDS and the time limits of the "
    "database.",
)
DATABASE_OUT_OF_CONNECTIONS = Sentence(
    "database_out_of_connections",
    "The database has no free connection. Try again in a minute. If this continues, ask an administrator to raise "
    "max_connections of the server or the connection limit of the role.",
)
DATABASE_OUT_OF_MEMORY = Sentence("database_out_of_memory", f"The database is out of memory.{_TRY_AGAIN}")
DATABASE_OVERLOADED = Sentence("database_overloaded", f"The database has reached a limit of its settings.{_TRY_AGAIN}")
DATABASE_READ_ONLY = Sentence(
    "database_read_only",
    "The database accepts no changes at the moment: it is read-only, or a standby. Try again in a minute. If this "
    "continues, ask an administrator to check default_transaction_read_only and DATABASE_URL.",
)
DATABASE_FILES_FAILED = Sentence(
    "database_files_failed",
    "The database cannot read or write its files. Your file is fine. Ask an administrator to check the disk and the "
    "log of the database, then try again.",
)
