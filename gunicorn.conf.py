"""Settings of gunicorn. Its connections, bodies and threads have limits of our own: atlas/web/."""

import os
import signal
import socket
from typing import Any

import django
from django.conf import settings

from atlas.server.addresses import debug_is_open, is_loopback
from atlas.server.child_process import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")
django.setup()  # gunicorn imports the worker class before the application

wsgi_app = "atlas.asgi:application"
worker_class = "atlas.web.worker.WebWorker"
workers = settings.ATLAS_WEB_PROCESSES
# Load the code once for all workers: the start takes half the time, and their memory is shared.
preload_app = True
keepalive = settings.ATLAS_KEEP_ALIVE_SECONDS
# The most that gunicorn allows. All headers together: ATLAS_MAX_HEADER_BYTES.
limit_request_line = 8190
limit_request_field_size = 8190
limit_request_fields = 100
# For workers that hang completely; a long import does not count, it runs in a thread.
timeout = 60
# For running requests at a stop; an import that takes longer is rolled back.
graceful_timeout = 10
# At "warning" it logs every HEAD request.
loglevel = "error"
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """Let Linux kill a worker whose master is killed: a new master is started, and the old worker's imports end."""
    end_with_parent(signal.SIGKILL)


def when_ready(server: Any) -> None:
    """Refuse debug mode on an address that others can reach, however gunicorn was started."""
    hosts = [listener.sock.getsockname()[0] for listener in server.LISTENERS if listener.sock.family != socket.AF_UNIX]
    open_hosts = [host for host in hosts if not is_loopback(host)]
    if settings.DEBUG and open_hosts:
        raise SystemExit(debug_is_open(open_hosts[0]))


def post_worker_init(worker: Any) -> None:
    """Start the process that reads files, so that the first file need not wait for it."""
    from imports.extraction import prepare  # Django is set up by now

    prepare()
