"""What the database holds of tables and outcomes, in the terms of the model: for the laws of undo and redo."""

import json

from django.db import connection
from psycopg import sql

from imports.models import ImportHistory
from imports.tables.catalog import describe
from lineage.provenance.as_of import as_of
from tests.importing import columns_of, query, rows_of
from tests.lineage.model import TYPES

TRACKING = {"id", "_import_id", "_imported_at", "_source_row_number", "_corrections_applied"}
NOBODY = (None, None)  # the origin of a foreign row


def exact(values):
    """Return the values as SQL writes them, without NULLs: 1.0 and 1.00 are equal, and not the same."""
    return {name: str(value) for name, value in sorted(values.items()) if value is not None}


def contents(table, renamed=None):
    """Return the rows of imports: values, origin, last writer, corrections; in one fixed order.

    renamed: import -> the one to which it is compared.
    """
    return sorted((row for _, row in contents_by_id(table, renamed) if row[2] != NOBODY), key=repr)


def contents_by_id(table, renamed=None):
    if not columns_of(table):
        return
    origins = {
        row_id: (import_id, number)
        for row_id, import_id, number in query(
            "SELECT row_id, import_id, record_number FROM imports_row_origin WHERE table_name = %s", table
        )
    }
    for row in rows_of(table):
        writer = (row["_import_id"], row["_source_row_number"])
        values = exact({name: value for name, value in row.items() if name not in TRACKING})
        origin = origins.get(row["id"], writer)
        corrections = row["_corrections_applied"] or {}
        yield row["id"], (values, _other(origin, renamed), _other(writer, renamed), _others(corrections, renamed))


def contents_as_of(table, import_id):
    """Return the rows of a table as of an import: values, last writer, corrections; and the columns."""
    described, place = describe(table), as_of(table, str(import_id)).place
    names = [column.name for column in place.columns(described)]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT * FROM {} rows").format(place.relation(described)), [])
        shown = [column.name for column in cursor.description]
        rows = [dict(zip(shown, row, strict=True)) for row in cursor.fetchall()]
    found = [
        (
            exact({name: row[name] for name in names if name not in TRACKING}),
            (row["_import_id"], row["_source_row_number"]),
            json.loads(row["_corrections_applied"] or "null") or {},
        )
        for row in rows
    ]
    return set(names) - TRACKING, sorted(found, key=repr)


def expected_as_of(table):
    """Return what `contents_as_of` should be, of a table of the model."""
    return table.columns, sorted(
        ((values, writer, corrections) for values, _, writer, corrections in expected_contents(table)), key=repr
    )


def _other(place, renamed):
    """Return import and record number, of the other import."""
    return ((renamed or {}).get(place[0], place[0]), place[1])


def _others(corrections, renamed):
    """Return corrections in which the other imports are named."""
    names = {str(one): str(other) for one, other in (renamed or {}).items()}
    return {
        column: {key: names.get(value, value) if key == "import_id" else value for key, value in entry.items()}
        for column, entry in corrections.items()
    }


def expected_contents(table):
    """Return what `contents` should be, of a table of the model."""
    rows = [(exact(row.values), row.origin, row.writer, with_texts(row.corrections)) for row in table.rows]
    return sorted(rows, key=repr)


def with_texts(corrections):
    """Return corrections with ids as the database stores them."""
    return {
        column: {key: str(value) if key == "import_id" else value for key, value in entry.items()}
        for column, entry in corrections.items()
    }


def kept_of(import_id, renamed=None):
    """Return the records that are no rows: number, fate, matched row or record, columns that differ."""
    found = query(
        "SELECT record_number, fate, matched_import_id, matched_record_number, differs FROM imports_kept_record"
        " WHERE import_id = %s ORDER BY record_number",
        import_id,
    )
    return [
        (number, fate, _other((match, record), renamed), differs and tuple(json.loads(differs)))
        for number, fate, match, record, differs in found
    ]


def expected_kept(outcomes):
    return [(kept.number, kept.fate, kept.match, kept.differs) for kept in outcomes.kept]


def origins_of(table, renamed=None):
    """Return the origin of each row by its id."""
    return {row_id: row[1] for row_id, row in contents_by_id(table, renamed)}


def updates_of(table, import_id, renamed=None, rows=None):
    """Return the records that changed rows: number, row by origin, columns, and the row as it was found.

    rows: what origins_of returns of the table, where it is known already.
    """
    rows = origins_of(table, renamed) if rows is None else rows
    found = query(
        "SELECT record_number, row_id, columns, before, before_import_id, before_record_number, before_corrections"
        " FROM imports_row_update WHERE import_id = %s ORDER BY record_number",
        import_id,
    )
    return [
        (number, rows.get(row_id), tuple(columns), _of_files(json.loads(before)), _other((writer, record), renamed),
         _others(json.loads(corrections or "{}") or {}, renamed))
        for number, row_id, columns, before, writer, record, corrections in found
    ]  # fmt: skip


def _of_files(values):
    """Return the values of the columns that files fill; others may have added columns of their own."""
    return exact({name: value for name, value in values.items() if name in TYPES})


def expected_updates(outcomes):
    return [
        (update.number, update.before.origin, update.columns, exact(update.before.values), update.before.writer,
         with_texts(update.before.corrections))
        for update in outcomes.updated
    ]  # fmt: skip


def assert_counts(import_id, records, outcomes):
    """records: of the file. outcomes: those of the model."""
    found = ImportHistory.objects.get(pk=import_id)
    kept = [kept.fate for kept in outcomes.kept]
    assert (found.total_rows_in_file, found.rows_inserted, found.rows_updated, found.rows_skipped) == (
        records, len(outcomes.inserted), len(outcomes.updated), len(kept),
    )  # fmt: skip
    assert (found.duplicates_found, found.rows_rejected, found.rows_filtered) == (
        kept.count("duplicate"), kept.count("rejected"), kept.count("filtered"),
    )  # fmt: skip
    assert found.status == ("partial" if "rejected" in kept else "success")
