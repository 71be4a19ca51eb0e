"""A pytest plugin, `-p tests.line_coverage`: which lines of the product the suite ran, as one figure at the end.

Slipcover marks a line once and then leaves it alone, so that it costs nothing that could be measured; coverage.py on
Python 3.11 made the suite's own Python slower by two fifths. What other processes run (./run, workers) is not counted.
It must be loaded before the product is: pytest reads `-p` first, and each process of pytest-xdist is given the same.
"""

from pathlib import Path

import pytest
import slipcover

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = [str(PROJECT / name) for name in ("atlas", "audit", "core", "imports", "lineage")]
OMITTED = ["*/migrations/*"]
LEAST_COVERED = 10  # files that are named

recorder = slipcover.Slipcover(source=SOURCES, omit=OMITTED)
slipcover.ImportManager(recorder, slipcover.FileMatcher(sources=SOURCES, omit=OMITTED)).__enter__()
#: File name -> the numbers of its lines that ran, and of those that did not; of the processes that have ended.
executed: dict[str, set[int]] = {}
lines: dict[str, set[int]] = {}


def add(files):
    for name, found in files.items():
        executed.setdefault(name, set()).update(found["executed_lines"])
        lines.setdefault(name, set()).update(found["executed_lines"], found["missing_lines"])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    files = {name: dict(found) for name, found in recorder.get_coverage()["files"].items()}
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["line_coverage"] = {
            name: {kind: list(found[kind]) for kind in ("executed_lines", "missing_lines")}
            for name, found in files.items()
        }
    else:
        add(files)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    add(getattr(node, "workeroutput", {}).get("line_coverage", {}))


def pytest_terminal_summary(terminalreporter):
    total, ran = (sum(map(len, counted.values())) for counted in (lines, executed))
    missing = sorted(((len(lines[name] - executed[name]), name) for name in lines), reverse=True)
    terminalreporter.section("line coverage")
    for count, name in missing[:LEAST_COVERED]:
        terminalreporter.write_line(f"{count:4} of {len(lines[name])} lines did not run: {name}")
    terminalreporter.write_line(f"{100 * ran / max(1, total):.1f} % of {total:,} lines ran")
