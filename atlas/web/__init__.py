"""Between gunicorn and Django: connections, bodies, lanes and answers, so that a slow client costs no thread."""
