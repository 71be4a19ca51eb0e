"""The project's .venv: made, and filled with the locked packages, by whichever Python starts ./run or ./test.

Only the standard library: this runs before anything is installed.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from atlas.server.directory_lock import locked_directory

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"


class InstallationError(Exception):
    """The packages could not be installed."""


def enter(*locks: str) -> None:
    """Go on in .venv, with the packages of the lock files installed: starts this program anew there if need be.

    Raises InstallationError.
    """
    inside = Path(sys.prefix) == VENV
    with locked_directory(PROJECT):
        if not inside and not works():
            create()
        for lock in locks:
            install(PROJECT / lock)
    if not inside:
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  no shell is wanted


def works() -> bool:
    """Tell whether .venv has a Python and pip: one made half, or by a Python that has gone, has not."""
    try:
        return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0
    except OSError:
        return False


def create() -> None:
    print("Making .venv", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode != 0:
        said = " ".join((made.stdout + made.stderr).split())
        hint = "Debian and Ubuntu: apt install python3-venv. " if "ensurepip" in said else ""
        raise InstallationError(f"Cannot make {VENV}. {hint}Python says: {said[-300:]}")


def install(lock: Path) -> None:
    """Install a lock file's packages, unless just these were installed before."""
    stamp = VENV / f"{lock.stem}.installed"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing {lock.name} into .venv (the first time takes a minute or two)", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--require-hashes", "-r", lock], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        errors = [line for line in done.stdout.splitlines() if line.startswith("ERROR")]
        raise InstallationError(f"Cannot install {lock.name}. pip says: {(errors or [done.stdout])[0].strip()}")
    stamp.write_text(wanted)
