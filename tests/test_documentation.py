"""Every example of docs/import-tracking.md, and the specification's three pytest lines, run as written."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from knox.models import AuthToken

from imports.models import ImportHistory
from tests.importing import import_text, query

PROJECT = Path(__file__).parent.parent
DOCUMENT = (PROJECT / "docs" / "import-tracking.md").read_text()
CUSTOMERS = "name,age,since\nAda,36.0,2024-01-05\nAlan,abc,2023-13-45\n"


def examples(language):
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.fixture
def customers(tmp_path, atlas_db):
    return import_text(tmp_path, "customers.csv", CUSTOMERS, db_schema={"age": "INTEGER", "since": "DATE"})


def test_the_examples_over_http(site, customers, capsys):
    _, token = AuthToken.objects.create(get_user_model().objects.create_superuser("engineer"), expiry=None)
    names = {"TOKEN": token}

    for code in [one for one in examples("python") if "session" in one]:
        exec(code.replace("http://localhost:8000", site), names)

    printed = capsys.readouterr().out
    assert "customers.csv - 2 rows" in printed
    assert "Success Rate: 100.0%" in printed
    assert "Total Imports: 1" in printed
    assert names["failed_imports"] == []
    assert [entry["subject"] for entry in names["entries"]] == [str(customers.pk)]
    assert printed.endswith("intact\n")


def test_the_examples_from_python(customers, capsys):
    error = {
        "record_number": 1, "error_type": "datetime_conversion", "error_message": "Failed to convert datetime field",
        "source_field": "created_date", "target_field": "created_at", "source_value": "2023-13-45", "chunk_number": 1,
    }  # fmt: skip
    names = {
        "file_content": b"abc", "config": {}, "records": [{"a": 1}], "insert_records": len,
        "map_data": lambda records, config: (records, [error]), "send_alert": pytest.fail,
    }  # fmt: skip

    for code in [one for one in examples("python") if "session" not in one]:
        exec(code, names)

    assert "Mapping Status: completed_with_errors" in capsys.readouterr().out
    assert [one["source_value"] for one in names["datetime_errors"]] == ["2023-13-45"]
    assert names["affected_tables"] == {"my_table"}
    assert ImportHistory.objects.get(pk=names["import_id"]).status == "success"


def test_the_examples_in_sql(customers):
    answers = [query(one.replace("{import_id}", str(customers.pk))) for one in examples("sql")]

    rows, groups, corrected, errors, _ = answers
    assert [len(rows), groups[0][:2], len(corrected)] == [2, (customers.pk, 2), 1]
    assert [(number, message) for number, message, *_ in errors] == [
        (2, "Value 'abc' is not a valid integer"),
        (2, "Value '2023-13-45' is not a valid date"),
    ]
    assert query("SELECT count(*) FROM customers") == [(0,)]


def test_the_examples_of_undo_and_redo_with_curl(site, customers):
    query("UPDATE customers SET age = 37 WHERE name = 'Ada'")
    _, token = AuthToken.objects.create(get_user_model().objects.create_superuser("engineer"), expiry=None)
    lines = [one for one in examples("sh") if one.startswith("curl")]
    names = {"PATH": os.environ["PATH"], "TOKEN": token, "IMPORT_ID": str(customers.pk)}

    answers = [
        json.loads(subprocess.check_output(line.replace("http://localhost:8000", site), shell=True, env=names))
        for line in lines
    ]

    preview, undone, redone = answers
    assert (preview["rows_going"], preview["rows_changed_by_hand"]) == (2, 1)
    assert (undone["rows_removed"], undone["rows_kept"]) == (1, 1)
    assert (redone["rows_inserted"], redone["duplicates_found"]) == (2, 0)


def test_the_examples_of_undo_and_redo_on_the_command_line(database_url, customers):
    query("UPDATE customers SET age = 37 WHERE name = 'Ada'")
    (block,) = [one for one in examples("sh") if "redo_import" in one]
    script = block.replace(".venv/bin/python", sys.executable).replace("--dry-run", "--dry-run --changed-rows keep")
    names = os.environ | {
        "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "atlas.settings",
        "ATLAS_DATA_DIR": str(settings.DATA_DIR), "IMPORT_ID": str(customers.pk),
    }  # fmt: skip

    done = subprocess.run(["bash", "-e"], input=script, cwd=PROJECT, env=names, capture_output=True, text=True)

    assert done.stderr == ""
    said = [line for line in done.stdout.splitlines() if not line.startswith("  ")]
    assert said == [
        f"{customers.pk}: this would be done.",
        f"{customers.pk}: Undone: 1 row removed from customers. 1 manually changed row kept.",
        f"{customers.pk}: Redone: 2 rows restored in customers, 0 duplicates skipped.",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "tests/test_import_tracking.py -v",
        "tests/test_import_tracking.py::TestMetadataColumns -v",
        'tests/test_import_tracking.py -k "not test_metadata_hidden" -v',
    ],
)
def test_the_specifications_pytest_lines_find_their_tests(line):
    command = [sys.executable, "-m", "pytest", "--collect-only", *shlex.split(line)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout
    assert "test_metadata_columns_created" in done.stdout
