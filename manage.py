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
        line = None if "--traceback" in sys.argv else in_one_line(error)
        if line is None:
            raise
        sys.exit(line)


def in_one_line(error: Exception) -> str | None:
    """Return what happened where the service or a file is at fault; None for what only a traceback explains."""
    fault = service_fault(error)
    if fault:
        return f"{fault} ({type(error).__name__})"
    return f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.filename else None


if __name__ == "__main__":
    main()
