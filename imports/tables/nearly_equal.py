"""Find staged rows that equal rows of the table but for columns that only one of the two has.

Whole rows are compared in all columns, so a column more or less makes every row a new one. These are counted, to be
said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from imports.tables.matching import MATCHES, STAGE
from imports.tables.rows import identifiers, record_hash
from imports.tables.staging import MAX_INDEXED, Stage

#: Staged rows that are compared, and rows of a table without a fitting index that are read for it: a limit, so that the
#: cost does not grow with the table.
MAX_COMPARED = 10_000
MAX_READ = 100_000
MAX_KEYS_TRIED = 20


@dataclass(frozen=True)
class NearlyEqual:
    """How many of the new rows equal rows of the table in the columns that both have."""

    equal: int
    compared: int
    differing: tuple[str, ...]  # the columns that only the file or only the table has
    key: str | None  # a column with another value in each of the new rows


def nearly_equal(stage: Stage, older: Sequence[str], *, indexed: bool) -> NearlyEqual | None:
    """Return the count for staged rows that are no duplicates; None where it is 0, or too dear to count.

    older: the compared columns of the table before the import. indexed: whether the table has the index of whole rows.
    Rows whose values in the shared columns the file has more than once are not counted: such values identify nothing.
    """
    shared = [name for name in stage.names if name in older]
    absent = [name for name in older if name not in stage.names]
    new = [name for name in stage.names if name not in older]
    if not shared or not (new or absent):
        return None
    is_indexed = indexed and not absent and len(stage.hashed) <= MAX_INDEXED
    if not (is_indexed or _is_small(stage)):
        return None
    _create_sample(stage)
    compared, equal = _counted(stage, shared, stage.hashed if is_indexed else shared)
    if not equal:
        return None
    return NearlyEqual(equal, compared, (*new, *absent), _key_among(shared))


SAMPLE = sql.Identifier("pg_temp", "_atlas_sample")


def _is_small(stage: Stage) -> bool:
    query = sql.SQL("SELECT count(*) FROM (SELECT FROM {} LIMIT {}) held")
    with connection.cursor() as cursor:
        cursor.execute(query.format(stage.table, sql.Literal(MAX_READ + 1)))
        return bool(cursor.fetchone()[0] <= MAX_READ)


def _create_sample(stage: Stage) -> None:
    statement = sql.SQL(
        "CREATE TEMPORARY TABLE {sample} ON COMMIT DROP AS SELECT {names} FROM {stage} staged"
        " WHERE NOT EXISTS (SELECT 1 FROM {matches} matches WHERE matches.record_number = staged._source_row_number)"
        " ORDER BY _source_row_number LIMIT {limit}"
    ).format(
        sample=SAMPLE, names=identifiers(stage.names), stage=STAGE, matches=MATCHES, limit=sql.Literal(MAX_COMPARED)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute(sql.SQL("ANALYZE {}").format(SAMPLE))


def _counted(stage: Stage, shared: Sequence[str], hashed: Sequence[str]) -> tuple[int, int]:
    """Return how many rows were compared, and how many of them equal a row. hashed: the columns of the table's hash."""
    values = [sql.Identifier("sample", name) if name in shared else sql.SQL("NULL::text") for name in hashed]
    same = [
        sql.SQL("{} IS NOT DISTINCT FROM {}").format(sql.Identifier("held", name), sql.Identifier("sample", name))
        for name in shared
    ]  # fmt: skip
    query = sql.SQL(
        "SELECT count(*), count(*) FILTER (WHERE times = 1 AND EXISTS ("
        " SELECT 1 FROM {table} held WHERE held._import_id IS NOT NULL AND {held_hash} = sample._hash AND {same}))"
        " FROM (SELECT *, hash_record_extended(ROW({values}), 0) AS _hash,"
        "  count(*) OVER (PARTITION BY {shared_hash}) AS times FROM {sample} sample) sample"
    ).format(
        table=stage.table, held_hash=record_hash(hashed, "held"), same=sql.SQL(" AND ").join(same),
        values=sql.SQL(", ").join(values), shared_hash=record_hash(shared, "sample"), sample=SAMPLE,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query)
        compared, equal = cursor.fetchone()
        return compared, equal


def _key_among(shared: Sequence[str]) -> str | None:
    """Return the first column with another value in each row of the sample, if there is one."""
    tried = shared[:MAX_KEYS_TRIED]
    distinct = [sql.SQL("count(DISTINCT {}) = count(*)").format(sql.Identifier(name)) for name in tried]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(distinct), SAMPLE))
        return next((name for name, is_key in zip(tried, cursor.fetchone(), strict=True) if is_key), None)
