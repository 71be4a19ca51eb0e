"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from imports.sources.spool_files import use_for_temporary_files

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")

use_for_temporary_files()
application = get_wsgi_application()
