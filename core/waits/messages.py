"""Sentences about waits that were given up, and about what holds a table."""

from core.messages import Sentence

# --- what holds it

HELD_BY_OPERATION = Sentence(
    "held_by_operation",
    "the {operation:select import=running import|undo=undo of the import|redo=redo of the import} {import_id}",
)
HELD_BY_SESSION = Sentence(
    "held_by_session", "a database session of {user} ({application}), whose transaction began at {since} UTC"
)
HELD_BY_UNKNOWN = Sentence("held_by_unknown", "another database session")

# --- waits that were given up

TABLE_HELD = Sentence(
    "table_held", "Table “{table}” is in use by {holder:message}. Nothing was changed. Try again when it has finished."
)
DATABASE_HELD = Sentence(
    "database_held",
    "The import history or a table is in use by {holder:message}. Nothing was changed. Try again when it has finished.",
)
DEADLOCK = Sentence(
    "deadlock", "Another database session changed the same rows at the same time. Nothing was changed. Try again."
)
QUERY_TOO_LONG = Sentence(
    "query_too_long",
    "The query was stopped, because it took longer than {seconds:,} s. Ask for less: with filters, fewer columns to "
    "search, or without ordering. Your administrator can raise the limit (ATLAS_STATEMENT_SECONDS).",
)
QUERY_STOPPED = Sentence("query_stopped", "An administrator of the database stopped the query. Try again.")
CLIENT_GONE = Sentence("client_gone", "The client closed the connection before the end. Nothing was changed.")
