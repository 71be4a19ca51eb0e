#!/usr/bin/env python3
"""Compare engines for the work on columns, and ways to write COPY data: the reasons for the engine's design.

    python3 -m venv /tmp/engines
    /tmp/engines/bin/pip install -r requirements.txt
    /tmp/engines/bin/pip install polars duckdb pgpq psycopg[binary]
    /tmp/engines/bin/python benchmarks/engines.py [--rows 1000000]

Prints for the yardstick's file and for flights.csv: processor seconds of this process (all threads) and of the server,
and wall seconds. The project itself does not need polars, duckdb or pgpq.
"""

from __future__ import annotations

import argparse
import io
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from measures import flights_file
from pgpq import ArrowToPostgresBinaryEncoder
from raw_copy import server_cpu
from sides import COLUMNS, Bench, server

Types = dict[str, str]  # SQL type by column

TOKENS = ["", "NA", "N/A", "n/a", "#N/A", "NULL", "Null", "null", "None", "none", "NaN", "nan", "-", "--", "?"]
MOMENT = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
PATTERNS = {
    "integer": r"0|-?[1-9]\d*", "bigint": r"0|-?[1-9]\d*", "numeric": r"-?(?:0|[1-9]\d*)(?:\.\d+)?",
    "boolean": "(?i:true|false)", "timestamp": MOMENT, "timestamptz": f"{MOMENT}Z",
}  # fmt: skip
ARROW = {
    "integer": pa.int32(), "bigint": pa.int64(), "numeric": pa.string(), "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us"), "timestamptz": pa.timestamp("us", "UTC"),
}  # fmt: skip
BATCH_ROWS = 65_536


# --- the column work: null tokens aside, does every value match its type's pattern, and the typed columns ---


def refuse_misfits(fits: Iterable[bool]) -> None:
    if not all(fits):
        raise ValueError("The work was not done.")


def with_pyarrow(texts: pa.Table, types: Types) -> pa.Table:
    columns = {}
    for name, sql_type in types.items():
        column = texts[name]
        if sql_type != "text":
            trimmed = pc.utf8_trim_whitespace(column)
            is_null = pc.is_in(trimmed, value_set=pa.array(TOKENS))
            column = pc.if_else(is_null, pa.scalar(None, pa.string()), trimmed)
            refuse_misfits([pc.all(pc.match_substring_regex(column, rf"\A(?:{PATTERNS[sql_type]})\z")).as_py()])
            column = (pc.utf8_lower(column) if sql_type == "boolean" else column).cast(ARROW[sql_type])
        columns[name] = column
    return pa.table(columns)


def with_polars(texts: pa.Table, types: Types) -> pa.Table:
    frame = pl.from_arrow(texts).lazy()
    typed = {name: sql_type for name, sql_type in types.items() if sql_type != "text"}
    words = [
        pl.when(pl.col(name).str.strip_chars().is_in(TOKENS)).then(None).otherwise(pl.col(name).str.strip_chars())
        .alias(name) for name in typed
    ]  # fmt: skip
    frame = frame.with_columns(words)
    checks = [pl.col(name).str.contains(rf"^(?:{PATTERNS[sql_type]})$").all() for name, sql_type in typed.items()]
    casts = [_polars_cast(pl.col(name), sql_type) for name, sql_type in typed.items()]
    fits, cast = pl.collect_all([frame.select(checks), frame.with_columns(casts)])
    refuse_misfits(fits.row(0))
    return cast.to_arrow()


def _polars_cast(column: pl.Expr, sql_type: str) -> pl.Expr:
    if sql_type == "boolean":
        return column.str.to_lowercase() == "true"
    if sql_type == "timestamp":
        return column.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us")
    if sql_type == "timestamptz":
        return column.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us").dt.replace_time_zone("UTC")
    return column.cast({"integer": pl.Int32, "bigint": pl.Int64, "numeric": pl.String}[sql_type])


def with_duckdb(texts: pa.Table, types: Types) -> pa.Table:
    tokens = ", ".join(f"'{token}'" for token in TOKENS)
    words = ", ".join(
        f'"{name}"' if sql_type == "text"
        else f'CASE WHEN trim("{name}") IN ({tokens}) THEN NULL ELSE trim("{name}") END AS "{name}"'
        for name, sql_type in types.items()
    )  # fmt: skip
    checks = ", ".join(
        f"""bool_and(regexp_full_match("{name}", '{PATTERNS[sql_type]}'))"""
        for name, sql_type in types.items()
        if sql_type != "text"
    )
    casts = ", ".join(
        f'CAST("{name}" AS {"text" if sql_type == "numeric" else sql_type}) AS "{name}"'
        for name, sql_type in types.items()
    )
    with duckdb.connect(config={"threads": "1"}) as db:  # several give the batches of an Arrow table in any order
        db.register("texts", texts)
        worded = f"(SELECT {words} FROM texts)"  # noqa: S608  names of our own files
        refuse_misfits(db.execute(f"SELECT {checks} FROM {worded}").fetchall()[0])  # noqa: S608
        return db.sql(f"SELECT {casts} FROM {worded}").to_arrow_table()  # noqa: S608


# --- COPY data: what each way writes, a batch at a time ---


def arrow_join(batches: Iterator[pa.RecordBatch], types: Types) -> Iterator[bytes | memoryview]:
    """Ours: imports/tables/binary_copy.py."""
    from imports.column_types import type_named
    from imports.tables.binary_copy import HEADER, TRAILER, encode_rows

    yield HEADER
    for batch in batches:
        yield encode_rows(
            [type_named(sql_type.upper()).wire_field(batch.column(name)) for name, sql_type in types.items()]
        )
    yield TRAILER


def csv_text(batches: Iterator[pa.RecordBatch], types: Types) -> Iterator[bytes]:
    for batch in batches:
        text = io.BytesIO()
        pyarrow.csv.write_csv(batch, text, pyarrow.csv.WriteOptions(include_header=False))
        yield text.getvalue()


def pgpq_binary(batches: Iterator[pa.RecordBatch], types: Types) -> Iterator[bytes]:
    """pgpq makes NUMERIC of Arrow's decimals, which have one scale a column: 8.5 beside 2.50 becomes 8.50."""
    encoder = None
    for batch in batches:
        columns = [
            batch.column(name).cast(pa.decimal128(20, 2)) if sql_type == "numeric" else batch.column(name)
            for name, sql_type in types.items()
        ]
        batch = pa.RecordBatch.from_arrays(columns, names=list(types))
        if encoder is None:
            encoder = ArrowToPostgresBinaryEncoder(batch.schema)
            yield encoder.write_header()
        yield encoder.write_batch(batch)
    yield encoder.finish()


def write_row(copy: psycopg.Copy, batches: Iterator[pa.RecordBatch], types: Types) -> None:
    copy.set_types(list(types.values()))
    for batch in batches:
        columns = [
            [value and Decimal(value) for value in column.to_pylist()] if sql_type == "numeric" else column.to_pylist()
            for column, sql_type in zip(batch.columns, types.values(), strict=True)
        ]
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def written(copy: psycopg.Copy, blocks: Iterator[bytes | memoryview]) -> None:
    for block in blocks:
        copy.write(block)


#: By name: how rows get into an open COPY, and the format of the COPY.
WAYS: dict[str, tuple[Callable[[psycopg.Copy, Iterator[pa.RecordBatch], Types], None], str]] = {
    "Arrow join, binary": (lambda copy, rows, types: written(copy, arrow_join(rows, types)), "binary"),
    "pyarrow.csv, text": (lambda copy, rows, types: written(copy, csv_text(rows, types)), "csv"),
    "pgpq, binary": (lambda copy, rows, types: written(copy, pgpq_binary(rows, types)), "binary"),
    "psycopg write_row, binary": (write_row, "binary"),
}
ENGINES = {"pyarrow.compute": with_pyarrow, "polars": with_polars, "duckdb": with_duckdb}


# --- measuring ---


def spent() -> float:
    """Processor seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def compare_engines(texts: pa.Table, types: Types, rounds: int) -> None:
    expected = with_pyarrow(texts, types)
    for name, work in ENGINES.items():
        refuse_misfits([work(texts, types).cast(expected.schema).equals(expected)])
        best = min(_timed(lambda work=work: work(texts, types)) for _ in range(rounds))
        print(f"  {name:27} client {best[0]:6.2f} s                   wall {best[1]:6.2f} s", flush=True)


def compare_ways(url: str, table: pa.Table, types: Types, rounds: int) -> None:
    contents = set()
    for name, (write, form) in WAYS.items():
        *best, content = min(_loaded(url, table, types, write, form) for _ in range(rounds))
        contents.add(content)
        refuse_misfits([len(contents) == 1])
        print(f"  {name:27} client {best[0]:6.2f} s  server {best[2]:6.2f} s  wall {best[1]:6.2f} s", flush=True)


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Processor and wall seconds."""
    cpu, wall = spent(), time.perf_counter()
    work()
    return spent() - cpu, time.perf_counter() - wall


def _loaded(
    url: str, table: pa.Table, types: Types, write: Callable[..., None], form: str
) -> tuple[float, float, float, Decimal]:
    """Processor seconds here, wall seconds, processor seconds of the server, and a hash of what it then holds."""
    columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
    with psycopg.connect(url) as db:
        db.execute(f"CREATE TEMPORARY TABLE loaded ({columns})")
        before = server_cpu(db.info.backend_pid)

        def load() -> None:
            with db.cursor() as cursor, cursor.copy(f"COPY loaded FROM STDIN (FORMAT {form})") as copy:
                write(copy, iter(table.to_batches(max_chunksize=BATCH_ROWS)), types)

        cpu, wall = _timed(load)
        server_seconds = server_cpu(db.info.backend_pid) - before
        [content] = db.execute("SELECT sum(hash_record_extended(loaded, 0)) FROM loaded").fetchone()
        return cpu, wall, server_seconds, content


def texts_of(file: Path, types: Types) -> pa.Table:
    """Every column as texts, an empty field as null."""
    convert = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(types, pa.string()), strings_can_be_null=True, quoted_strings_can_be_null=False,
        null_values=[""],
    )  # fmt: skip
    return pyarrow.csv.read_csv(file, convert_options=convert)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3, help="number of rounds; the best one is printed")
    args = parser.parse_args()
    with server() as (folder, url):
        bench = Bench(folder, url, args.rows, args.rounds)
        for file, columns in filter(None, [(bench.csv_file(args.rows), COLUMNS), flights_file(folder)]):
            types = dict(one.split() for one in columns.split(","))
            texts = texts_of(file, types)
            print(f"{file.name}: {len(texts):,} rows, {len(types)} columns", flush=True)
            compare_engines(texts, types, args.rounds)
            compare_ways(url, with_pyarrow(texts, types), types, args.rounds)


if __name__ == "__main__":
    main()
