"""Settings of gunicorn. It uses threads, because requests mostly wait for the database or for uploads."""

from typing import Any

wsgi_app = "atlas.wsgi:application"
worker_class = "gthread"
workers = 2
threads = 8
# Load the code once for all workers: the start takes half the time, and their memory is shared.
preload_app = True
# For workers that hang completely; a long import does not count, it runs in a thread.
timeout = 60
# For running requests at a stop; an import that takes longer is rolled back.
graceful_timeout = 10
# At "warning" it logs every HEAD request.
loglevel = "error"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Start the process that reads files, so that the first file need not wait for it."""
    from imports.extraction import prepare  # Django is set up by now

    prepare()
