import environ
from django.db import connection


def test_a_database_url_of_the_test_database_can_be_read_back(database_url):
    found = environ.Env.db_url_config(database_url)
    assert {key: found[key] for key in ("NAME", "USER", "HOST")} == {
        key: connection.settings_dict[key] for key in ("NAME", "USER", "HOST")
    }
