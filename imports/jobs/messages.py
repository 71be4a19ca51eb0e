"""Messages about imports that a worker runs."""

from core.messages import Sentence

# --- progress

FAILED_WITHOUT_REASON = Sentence("failed_without_reason", "Nothing was imported.")
BEING_CANCELLED = Sentence("being_cancelled", "Cancelling (requested by {cancelled_by}). No rows will be kept.")
BEING_CANCELLED_WORKER_SILENT = Sentence(
    "being_cancelled_worker_silent",
    "Cancelling (requested by {cancelled_by}). No response from the worker; if it has stopped, the next worker "
    "completes the cancellation. No rows will be kept.",
)
WAITS_IN_QUEUE = Sentence("waits_in_queue", "Queued: waiting for a worker or for another import into the table.")
NO_WORKER_RUNS = Sentence(
    "no_worker_runs", "Waiting: no worker is running. Ask your administrator to start one with ./run worker."
)
WAITS_FOR_IMPORT_INTO_TABLE = Sentence(
    "waits_for_import_into_table", "Waiting for import {import_id} ({file_name}) into {table}."
)
WAITS_FOR_WORKER_WITH_B2 = Sentence(
    "waits_for_worker_with_b2", "Queued: waiting for a free worker that has access to B2 (settings B2_*)."
)
WAITS_FOR_WORKER = Sentence("waits_for_worker", "Queued: waiting for a free worker.")
WORKER_SILENT = Sentence(
    "worker_silent", "No response from the worker. If it has stopped, the import will restart automatically."
)
TAKEN_UP = Sentence("taken_up", "Starting…")
DOWNLOADING = Sentence("downloading", "Downloading the file…")
READING = Sentence("reading", "Reading the file…")
LOADING = Sentence("loading", "Importing rows…")
WAITS_FOR_TABLE = Sentence("waits_for_table", "Waiting for another import or undo.")
WAITS_FOR_HOLDER = Sentence("waits_for_holder", "Waiting for {holder:message}.")
FINISHING = Sentence("finishing", "Finishing up (building indexes).")

# --- why nothing was imported

CANCELLED = Sentence("cancelled", "Cancelled by {cancelled_by}. Nothing was imported.")
WORKERS_ENDED = Sentence(
    "workers_ended",
    "The import stopped {workers:counted time}, possibly because the worker ran out of memory. "
    "Check the worker log, then import the file again.",
)
READERS_ENDED = Sentence(
    "readers_ended",
    "The process that read the file was ended from outside in each of {attempts:counted attempt}, probably because the "
    "server ran out of memory. Nothing was imported. Check the memory of the server, then import the file again.",
)
SOURCE_OUT_OF_REACH = Sentence(
    "source_out_of_reach",
    "The worker cannot find the source file. Give web servers and workers the same folder or bucket of source files "
    "(settings S3_BUCKET, ATLAS_DATA_DIR), then import the file again.",
)

NO_PARTS_FROM_BUCKET = Sentence(
    "no_parts_from_bucket",
    "Files in the bucket cannot be imported with all sheets or files at once. Choose one, or upload the file.",
)

TOO_MANY_WAITING = Sentence(
    "too_many_waiting",
    "You already have {limit:counted import} waiting for a worker, which is the limit. Nothing was queued. Try again "
    "when some of them are done, or cancel those that you do not need.",
)

# --- why an import cannot be cancelled

ALREADY_DONE = Sentence("already_done", "This import is already finished. You can undo it.")
ALREADY_CANCELLED = Sentence("already_cancelled", "This import was already cancelled. Nothing was imported.")
ALREADY_FAILED = Sentence("already_failed", "This import already failed. Nothing was imported.")
