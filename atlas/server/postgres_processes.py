"""The processes of a PostgreSQL server: each has the directory of its data as working directory."""

import contextlib
from pathlib import Path

import psutil

from atlas.server.waiting import true_within


def processes_in(cluster: Path) -> list[psutil.Process]:
    """Return PostgreSQL's processes whose working directory is the cluster's."""
    running = psutil.process_iter(["cwd", "name"])
    return [each for each in running if each.info["cwd"] == str(cluster) and each.info["name"] == "postgres"]


def kill_all(cluster: Path, *, seconds: float) -> bool:
    """Kill the processes of a cluster, wait up to these seconds for their end, and tell whether none is left."""
    for process in processes_in(cluster):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    return true_within(seconds, lambda: not processes_in(cluster))
