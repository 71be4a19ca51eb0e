"""The processes of a PostgreSQL server: each has the directory of its data as working directory."""

import contextlib
from pathlib import Path

import psutil


def processes_in(cluster: Path) -> list[psutil.Process]:
    """Return PostgreSQL's processes whose working directory is the cluster's."""
    running = psutil.process_iter(["cwd", "name"])
    return [each for each in running if each.info["cwd"] == str(cluster) and each.info["name"] == "postgres"]


def children_of(pid: str) -> list[str]:
    """Return the ids of the child processes of a process; none on systems without /proc."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def kill_all(processes: list[psutil.Process], *, seconds: float) -> None:
    """Kill processes, and wait up to these seconds for their end."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=seconds)
