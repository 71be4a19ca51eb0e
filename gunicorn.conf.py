"""Settings of gunicorn. Its connections, bodies and threads have limits of our own: atlas/web/."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")

import django
from django.conf import settings

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
