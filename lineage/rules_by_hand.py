"""Rules that rows that come back may break: those that somebody gave a table with SQL, and PostgreSQL's own limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from imports.errors import AtlasError, MappingDoesNotFit


@contextmanager
def unless_broken(error: type[AtlasError]) -> Iterator[None]:
    """A row that breaks a rule of the table raises the error, which names the rule and shows nothing of the row.

    So do columns that find no place in the table.
    """
    try:
        yield
    except MappingDoesNotFit as full:
        raise error(full.message, **full.details) from None
    except IntegrityError as broken:
        diag = getattr(broken.__cause__, "diag", None)
        if diag is None or not (diag.constraint_name or diag.column_name):
            raise
        what = f"the rule {diag.constraint_name!r}" if diag.constraint_name else f"NOT NULL of {diag.column_name!r}"
        repeats = " (another row has the same values)" if diag.sqlstate == "23505" else ""
        raise error(
            f"A row that would come back breaks {what} of the table {diag.table_name!r}{repeats}. Drop the rule, or "
            "change or delete the rows in its way, and try again.",
            table_name=diag.table_name,
            rule=diag.constraint_name or diag.column_name,
        ) from None
