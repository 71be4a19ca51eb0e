#!/usr/bin/env python
"""Run Django's commands. Starts the embedded PostgreSQL if it is not running."""

import os
import sys
from contextlib import nullcontext

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from atlas.server import embedded_postgres
from atlas.server.postgres_home import EmbeddedPostgresError
from core.faults import service_fault

WITHOUT_DATABASE = ["read_files"]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")
    without_database = sys.argv[1:2] == WITHOUT_DATABASE
    try:
        with nullcontext() if without_database else embedded_postgres.running(embedded_postgres.data_dir()):
            execute_from_command_line(sys.argv)
    except (EmbeddedPostgresError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except Exception as error:
        fault = None if "--traceback" in sys.argv else service_fault(error)
        if fault is None:
            raise
        sys.exit(f"{fault} ({type(error).__name__})")


if __name__ == "__main__":
    main()
