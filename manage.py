#!/usr/bin/env python
"""Django's commands, with the embedded PostgreSQL started when none runs yet."""

import os
import sys
from contextlib import nullcontext

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from atlas.server import embedded_postgres

WITHOUT_DATABASE = ["read_files"]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")
    needs_none = sys.argv[1:2] == WITHOUT_DATABASE
    try:
        with nullcontext() if needs_none else embedded_postgres.running(embedded_postgres.data_dir()):
            execute_from_command_line(sys.argv)
    except (embedded_postgres.EmbeddedPostgresError, ImproperlyConfigured) as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
