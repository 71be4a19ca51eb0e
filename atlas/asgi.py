"""The ASGI application that gunicorn serves."""

from atlas.web.application import Application
from atlas.wsgi import application as django

application = Application(django)
