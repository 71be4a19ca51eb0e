import os
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection

from atlas import postgres
from imports.models import ImportHistory


@pytest.fixture
def no_database_url(monkeypatch):
    """An embedded server, also when the tests themselves run on another."""
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_the_url_of_a_database_behind_a_socket_is_read_as_postgresql_writes_it(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://someone@%2Frun%2Fa%20place:5433/things")
    settings = postgres.connection_settings(Path("/unused"))
    assert {name: settings[name] for name in ("HOST", "PORT", "USER", "NAME")} == {
        "HOST": "/run/a place",
        "PORT": 5433,
        "USER": "someone",
        "NAME": "things",
    }


def test_a_socket_lies_in_tmp_when_its_address_would_be_too_long():
    assert postgres.socket_dir(Path("/srv/atlas")) == Path("/srv/atlas/postgres/socket")
    long = Path("/srv") / ("x" * 100)
    assert str(postgres.socket_dir(long)).startswith("/tmp/content-atlas-")
    assert postgres.socket_dir(long) != postgres.socket_dir(long / "y")


def test_a_directory_in_tmp_that_somebody_else_made_is_refused(tmp_path, monkeypatch, no_database_url):
    place = tmp_path / "socket"
    place.mkdir(mode=0o755)
    monkeypatch.setattr(postgres, "socket_dir", lambda _: place)
    with pytest.raises(postgres.ServerTrouble, match="is not ours"), postgres.running(tmp_path / "data", durable=False):
        pass
    postgres.remove(tmp_path / "data")


def test_a_database_that_is_gone_is_not_silently_begun_anew(tmp_path):
    (tmp_path / "postgres").symlink_to(tmp_path / "lost")
    with pytest.raises(postgres.ServerTrouble, match=f"The database in {tmp_path}/lost is gone"):
        postgres.find_or_make_home(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="about root only")
def test_where_there_are_only_root_and_nobody_it_runs_as_nobody(tmp_path_factory, monkeypatch, no_database_url):
    """With its programs copied, and a strict umask: as on a small machine with the project in /root."""
    homes, data = Path("/var/lib/content-atlas-test"), tmp_path_factory.mktemp("data")
    users = {name: postgres.pwd.getpwnam(name) for name in ("root", "nobody")}
    monkeypatch.setattr(postgres.pwd, "getpwnam", users.__getitem__)
    monkeypatch.setattr(postgres, "ROOT_HOMES", homes)
    monkeypatch.setattr(postgres, "may_run", lambda *_: False)
    before = os.umask(0o077)
    try:
        with postgres.running(data, durable=False):
            assert postgres.answers(data)
            assert (data / "postgres/data/PG_VERSION").owner() == "nobody"
        assert not postgres.answers(data)
    finally:
        os.umask(before)
        postgres.shutil.rmtree(homes)


class TestTheTestDatabase:
    """What one test leaves, the next does not find."""

    @pytest.mark.parametrize("_", ["first", "second"])
    def test_is_empty_but_for_what_the_migrations_made(self, atlas_db, _):
        assert not User.objects.exists()
        assert not ImportHistory.objects.exists()
        assert set(Group.objects.values_list("name", flat=True)) == {"importer", "auditor"}
        assert "data_of_a_test" not in connection.introspection.table_names()
        User.objects.create_user("someone").groups.add(Group.objects.get(name="importer"))
        ImportHistory.objects.create(table_name="data_of_a_test", source_type="local_upload", status="in_progress")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE data_of_a_test (_import_id uuid REFERENCES import_history)")
