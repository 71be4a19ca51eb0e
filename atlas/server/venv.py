"""Create the project's .venv and install the locked packages, with the Python that starts ./run or ./test.

It uses only the standard library: it runs before any package is installed.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from atlas.server.directory_lock import locked_directory
from core.whole_files import write_whole

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = "unfinished"  # a file in .venv: packages are being installed, or an installation was interrupted


class InstallationError(Exception):
    """The packages could not be installed."""


def enter(*locks: str) -> None:
    """Install the packages of the lock files, and restart this program with the Python of .venv unless it runs there.

    Raises InstallationError.
    """
    inside = Path(sys.prefix) == VENV
    VENV.mkdir(exist_ok=True)
    with locked_directory(VENV):
        if (VENV / UNFINISHED).exists():
            print("The last installation into .venv was interrupted. Creating it again.", flush=True)
            create()
        elif not inside and not works():
            create()
        for lock in locks:
            install(PROJECT / lock)
    if not inside:
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  no shell is wanted


def works() -> bool:
    """Tell whether .venv has a Python and pip; it has not if it is incomplete or if its Python was removed."""
    try:
        return subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0
    except OSError:
        return False


def create() -> None:
    print("Creating .venv", flush=True)
    python = getattr(sys, "_base_executable", sys.executable)  # not the one in .venv, which is cleared
    result = subprocess.run([python, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if result.returncode != 0:
        output = " ".join((result.stdout + result.stderr).split())
        hint = "On Debian and Ubuntu, run: apt install python3-venv. " if "ensurepip" in output else ""
        raise InstallationError(f"Could not create {VENV}. {hint}Python's error: {output[-300:]}")


def install(lock: Path) -> None:
    """Install the packages of a lock file, unless the same ones are installed already."""
    stamp = VENV / f"{lock.stem}.installed"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    print(f"Installing {lock.name} into .venv (this may take a minute or two)", flush=True)
    # pip takes a package for installed whose installation was killed half way.
    write_whole(VENV / UNFINISHED, f"{lock.name}\n")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    result = subprocess.run(
        [*pip, "--require-hashes", "-r", lock], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if result.returncode == 0:
        os.sync()
        write_whole(stamp, digest)
    (VENV / UNFINISHED).unlink()
    if result.returncode != 0:
        errors = [line for line in result.stdout.splitlines() if line.startswith("ERROR")]
        raise InstallationError(f"Could not install {lock.name}. pip's error: {(errors or [result.stdout])[0].strip()}")
