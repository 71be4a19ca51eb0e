"""How gunicorn serves: threads, because a request mostly waits for the database or for a file to arrive."""

wsgi_app = "atlas.wsgi:application"
worker_class = "gthread"
workers = 2
threads = 8
# Read the code once for all workers: half the time to the first answer, and their memory is shared.
preload_app = True
# Of a worker that hangs altogether; a long import does not count, it runs in a thread.
timeout = 60
# Given to running requests at a stop; an import that takes longer is rolled back.
graceful_timeout = 10
# At "warning" it remarks on every HEAD request.
loglevel = "error"
control_socket_disable = True
