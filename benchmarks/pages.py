"""Time pages with a long history and large tables, and with small ones."""

from __future__ import annotations

import json
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from instance import Instance, instance
from sides import Bench

SHORT, LONG = 100, 100_000  # imports
TABLES = 10  # that share them
SMALL = 100  # rows, and errors, of one import
REQUESTS = 15  # of each page

#: Pages of the history, and those of one import with errors and of one table.
OF_HISTORY = [
    "/", "/ui/upload", "/ui/imports", "/ui/imports?search=day", "/ui/imports?search=day+99999",
    "/ui/imports?user=bench", "/ui/imports?status=failed", "/ui/imports?sort=-rows_inserted", "/ui/tables",
    "/ui/tables/pages_0", "/ui/tables/pages_0/columns", "/ui/lineage", "/ui/lineage?table=pages_0", "/ui/statistics",
    "/ui/audit", "/admin/", "/admin/imports/importhistory/", "/admin/imports/mappingerror/",
    "/admin/imports/keptrecord/", "/admin/imports/importtask/", "/admin/audit/auditentry/",
]  # fmt: skip
OF_IMPORT = ["", "/errors", "/errors?error_type=type_mismatch", "/skipped", "/undo"]
OF_TABLE = ["", "?end", "/columns", "/rows/50"]
#: These read every row; they are reported separately.
OF_ALL_ROWS = ["?search=ann", "?sort=-age"]


def pages(bench: Bench) -> tuple[float, str]:
    """The page with the largest ratio: with 100,000 imports and many rows and errors ÷ with 100 of each."""
    for number in range(TABLES):
        bench.ours(bench.csv_file(SMALL), f"pages_{number}")
    with TemporaryDirectory(prefix="atlas-bench-") as name, instance(Path(name), workers=1) as site:
        few = page_seconds(site, *prepare(bench, site, SMALL, SHORT))
        many = page_seconds(site, *prepare(bench, site, bench.rows, LONG))
    ratios = {page: many[page] / few[page] for page in few}
    reading_all = [f"table{page}" for page in OF_ALL_ROWS]
    worst = sorted(ratios.keys() - reading_all, key=lambda page: -ratios[page])
    figures = (f"{page} {many[page] * 1000:.0f} ms ÷ {few[page] * 1000:.0f} ms" for page in (*worst[:3], *reading_all))
    return ratios[worst[0]], ", ".join(figures)


def prepare(bench: Bench, site: Instance, rows: int, imports: int) -> tuple[str, str]:
    """Create a table, an import with as many errors as rows, and imports. Return the URLs of import and table."""
    table, wrong = bench.new_table(), bench.new_table()
    bench.ours(bench.csv_file(rows), table)
    bench.ours(bench.csv_file(rows), wrong, json.dumps({"db_schema": {"country": "INTEGER"}}))
    bench.python("clone_imports.py", "pages_", imports)
    [record] = site.api.get(f"{site.url}/import-history?table_name={wrong}").json()["imports"]
    return f"/ui/imports/{record['import_id']}", f"/ui/tables/{table}"


def page_seconds(site: Instance, of_import: str, of_table: str) -> dict[str, float]:
    """Return the median seconds of each page."""
    addresses = {page: page for page in OF_HISTORY}
    addresses |= {f"import{page}": of_import + page for page in OF_IMPORT}
    addresses |= {f"table{page}": of_table + page for page in (*OF_TABLE, *OF_ALL_ROWS)}
    return {page: median(seconds(site, address) for _ in range(REQUESTS)) for page, address in addresses.items()}


def seconds(site: Instance, address: str) -> float:
    start = time.perf_counter()
    site.browser.get(site.url + address).raise_for_status()
    return time.perf_counter() - start
