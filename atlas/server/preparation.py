"""What every start of an instance does to its database and files before it serves."""

import hashlib
import os
import time
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import Error, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from atlas.server.embedded_postgres import PROJECT
from atlas.server.start_error import StartError
from atlas.server.supervised_database import SupervisedDatabase
from atlas.server.waiting import LongWait, notify
from core.errors import AtlasError, DatabaseUnavailable
from core.faults import service_fault
from core.whole_files import write_whole

MIN_POSTGRESQL_VERSION = 15
ATTEMPTS = 5  # to prepare a database that crashes meanwhile
BACK_SECONDS = 900.0  # for a database to be back; recovery after a crash may read gigabytes
PAUSE_SECONDS = 0.5


def prepare(directory: Path, url: str, database: SupervisedDatabase | None = None) -> None:
    """Update the database and the static files to this version. database: the embedded one, to be started again."""
    django.setup()
    if database is None:  # a server that cannot be reached at all is not waited for
        check_version()
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            update(directory, url)
            return
        except (AtlasError, Error) as error:
            if not (attempts_left and is_away(error)):
                raise
        notify("The connection to the database was lost during the start. Continuing when it is back.")
        connection.close()
        wait_until_back(database)


def update(directory: Path, url: str) -> None:
    check_version()
    call_command("migrate", verbosity=0)
    call_command("sweep_imports", verbosity=0)
    collect_static()
    print_first_login(directory, url)
    connection.close()


def is_away(error: Exception) -> bool:
    """Tell whether the error says that the database does not respond, for whatever reason."""
    return isinstance(error, DatabaseUnavailable) or isinstance(service_fault(error), DatabaseUnavailable)


def wait_until_back(database: SupervisedDatabase | None) -> None:
    """Wait until the database accepts connections. Raises OperationalError after BACK_SECONDS."""
    wait = LongWait(lambda seconds: f"The database does not accept connections for {seconds} s. Waiting for it.")
    while True:
        if database:
            database.keep_running()
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if wait.seconds > BACK_SECONDS:
                raise
        wait.report()
        time.sleep(PAUSE_SECONDS)


def check_database() -> None:
    """Raise StartError if a worker of this version cannot use the database."""
    django.setup()
    check_version()
    check_migrated()
    connection.close()


def check_version() -> None:
    with connection.cursor():
        version = connection.get_database_version()[0]
    if version < MIN_POSTGRESQL_VERSION:
        raise StartError(
            f"The server of DATABASE_URL is PostgreSQL {version}; {MIN_POSTGRESQL_VERSION} or newer is required."
        )


def collect_static() -> None:
    """Collect the static files, which takes seconds, unless they are unchanged since the last start."""
    stamp = Path(settings.STATIC_ROOT) / "collected"
    digest = static_files_digest()
    if not stamp.exists() or stamp.read_text() != digest:
        # What an interrupted start or a full disk left is removed, or it would be taken for unchanged.
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        os.sync()
        write_whole(stamp, digest)


def static_files_digest() -> str:
    """Return a digest of the names, sizes and times of all static files."""
    files = [(name, Path(store.path(name)).stat()) for finder in get_finders() for name, store in finder.list([])]
    facts = sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in files)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def print_first_login(directory: Path, url: str) -> None:
    """Create the first administrator and print the login, at the first start only."""
    from atlas.server.first_admin import create_first_login  # its models need Django's setup

    login = create_first_login(directory, url)
    if login:
        print(f"\nYour administrator account (saved in {directory / 'first-login.txt'}):\n{login}\n", flush=True)


def load_demo() -> None:
    """Import the sample files. Those imported at an earlier start are refused as duplicates, which is fine."""
    for path in sorted((PROJECT / "demo").glob("[a-z]*")):
        try:
            call_command("import_file", str(path))
        except CommandError as error:
            print(f"{path.name}: {error}")


def check_migrated() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise StartError("The database does not match this version. Start ./run of this version once to migrate it.")
