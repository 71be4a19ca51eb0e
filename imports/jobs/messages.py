"""What is said of imports that a worker runs."""

from core.messages import Sentence

# --- where an import is

RECORDS_IN_TABLE = Sentence("records_in_table", "{inserted:,} of {records:,} records are now in {table}.")
FAILED_WITHOUT_REASON = Sentence("failed_without_reason", "Nothing was loaded.")
BEING_CANCELLED = Sentence("being_cancelled", "It is being stopped, as {cancelled_by} asked. Nothing of it will stay.")
BEING_CANCELLED_WORKER_SILENT = Sentence(
    "being_cancelled_worker_silent",
    "It is being stopped, as {cancelled_by} asked. Its worker has said nothing for a while; if it is gone, the next "
    "one ends it. Nothing of it will stay.",
)
WAITS_IN_QUEUE = Sentence("waits_in_queue", "It waits for a worker, or for another import of its table.")
NO_WORKER_RUNS = Sentence(
    "no_worker_runs",
    "It waits for a worker, and none runs. Whoever operates this service starts one with ./run worker.",
)
WAITS_FOR_IMPORT_INTO_TABLE = Sentence("waits_for_import_into_table", "It waits for another import into {table}.")
WAITS_FOR_WORKER_WITH_B2 = Sentence(
    "waits_for_worker_with_b2", "It waits for a worker that is free and has the settings B2_*."
)
WAITS_FOR_WORKER = Sentence("waits_for_worker", "It waits for a worker that is free.")
WORKER_SILENT = Sentence(
    "worker_silent", "Its worker has said nothing for a while. If it is gone, another one begins anew by itself."
)
TAKEN_UP = Sentence("taken_up", "A worker has taken it up.")
DOWNLOADING = Sentence("downloading", "The file is being downloaded.")
READING = Sentence("reading", "The file is being read.")
LOADING = Sentence("loading", "The records are being loaded.")
WAITS_FOR_TABLE = Sentence("waits_for_table", "It waits for another import or undo of its table.")
FINISHING = Sentence("finishing", "The rows are in; keys and indexes are being made.")

# --- why nothing was loaded

CANCELLED = Sentence("cancelled", "Cancelled by {cancelled_by}. Nothing was loaded.")
WORKERS_ENDED = Sentence(
    "workers_ended",
    "{workers} workers ended before they were done with this import. Look into their log, for one that ran out of "
    "memory; then import the file again.",
)
SOURCE_OUT_OF_REACH = Sentence(
    "source_out_of_reach",
    "The source file is not where this worker looks for it. Web servers and workers need the same folder or bucket of "
    "source files (S3_BUCKET, ATLAS_DATA_DIR); when they have, import the file again.",
)

# --- why an import cannot be cancelled

ALREADY_DONE = Sentence("already_done", "The import is done already. Undo it, if it should not stand.")
ALREADY_CANCELLED = Sentence("already_cancelled", "The import was cancelled already; nothing of it was loaded.")
ALREADY_FAILED = Sentence("already_failed", "The import has failed already; nothing of it was loaded.")
