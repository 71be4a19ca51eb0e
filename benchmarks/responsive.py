"""Time pages while a worker imports: the 99th percentile, during an import and on the idle server."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from instance import Instance, instance
from sides import Bench

PAGES = {"/health": 300, "/ui/imports": 200}  # page -> number of requests


def responsive(bench: Bench) -> tuple[float, str]:
    """99th percentile during imports of 1 M rows ÷ on the idle server, of the page with the largest ratio."""
    with TemporaryDirectory(prefix="atlas-bench-") as name, instance(Path(name), workers=1) as site:
        for page in PAGES:
            site.browser.get(site.url + page)
        idle = {page: percentile(site, page, times, lambda: None) for page, times in PAGES.items()}
        importing = Importing(bench, site)
        busy = {page: percentile(site, page, times, importing.keep_on) for page, times in PAGES.items()}
    figures = (f"{page} {busy[page] * 1000:.0f} ms ÷ {idle[page] * 1000:.0f} ms" for page in PAGES)
    return max(busy[page] / idle[page] for page in PAGES), ", ".join(figures)


def percentile(site: Instance, page: str, times: int, before_each: Callable[[], None]) -> float:
    """Return the seconds within which 99 of 100 responses arrive."""
    taken = []
    for _ in range(times):
        before_each()
        start = time.perf_counter()
        site.browser.get(site.url + page).raise_for_status()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[round(0.99 * times) - 1]


class Importing:
    """Keeps an import running: starts the next one when one is done."""

    def __init__(self, bench: Bench, site: Instance) -> None:
        self._bench, self._site = bench, site
        self._task = ""

    def keep_on(self) -> None:
        if not self._task or self._site.is_done(self._task):
            self._task = self._site.queue(
                self._bench.csv_file(self._bench.rows),
                f'{{"table_name": "{self._bench.new_table()}", "duplicate_check": {{"force_import": true}}}}',
            )
            while self._site.task(self._task)["status"] == "pending":
                time.sleep(0.05)
        time.sleep(0.02)
