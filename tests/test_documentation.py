"""The examples of the documentation run as written and answer what it shows; its tables name what the code has."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from knox.models import AuthToken

import atlas.settings
from atlas.urls import api_urlpatterns
from imports.column_types import TYPES
from imports.column_types.named_formats import NAMED_FORMATS
from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS
from imports.mapping.request import DATE_ORDERS, KEYS, STRATEGIES, OnError
from imports.models import ImportHistory, Outcome
from imports.readers.flatten import NESTING
from imports.readers.formats import FORMATS
from imports.tables import catalog
from lineage.retention import Policy
from tests.importing import import_text, query
from tests.working import wait_for, workers

PROJECT = Path(__file__).parent.parent
DOCUMENT = (PROJECT / "docs" / "import-tracking.md").read_text()
CUSTOMERS = "name,age,since\nAda,36.0,2024-01-05\nAlan,abc,2023-13-45\n"
ANY = "..."  # in an answer that a document shows: anything
PAGES = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", PROJECT / "CHANGELOG.md", *PROJECT.glob("docs/*.md")]


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
        f"{customers.pk}: preview, nothing was changed.",
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


class Shell:
    """Runs the examples of one document in order, on the instance of the test, with the ids of earlier answers."""

    def __init__(self, site, database_url):
        _, token = AuthToken.objects.create(get_user_model().objects.create_superuser("engineer"), expiry=None)
        self.variables = os.environ | {
            "ATLAS": site, "TOKEN": token, "DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "atlas.settings",
            "ATLAS_DATA_DIR": str(settings.DATA_DIR),
        }  # fmt: skip

    def run(self, script):
        """Return what the script prints."""
        script = script.replace(".venv/bin/python", sys.executable).replace("http://127.0.0.1:8000", "$ATLAS")
        done = subprocess.run(
            ["bash", "-e"], input=script, cwd=PROJECT, env=self.variables, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, ""), script
        self._remember_ids(script, done.stdout)
        return done.stdout

    def _remember_ids(self, script, output):
        """Keep the ids of good answers, and of an import that a command prints, for the scripts that follow."""
        ids = re.findall(r'"(import_id|task_id|analysis_id)": ?"([0-9a-f-]{36})"', output)
        if "import_file" in script:
            ids = [
                ("import_id", found) for found in re.findall(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", output)
            ]
        if '"success":false' not in output.replace(" ", ""):
            self.variables |= {name.upper(): value for name, value in ids}


def shown_in(answer, shown):
    """Whether an answer has all that a document shows of it. Lists may go on after what is shown."""
    if shown == ANY:
        return True
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(
            key in answer and shown_in(answer[key], value) for key, value in shown.items()
        )
    if isinstance(shown, list) and shown:
        return isinstance(answer, list) and len(answer) >= len(shown) and all(map(shown_in, answer, shown))
    return answer == shown


def lines_shown_in(output, shown):
    """Whether the lines are those that a document shows, where `...` at the end of one is anything."""
    pattern = "\n".join(
        re.escape(line.removesuffix(ANY)) + ".*" * line.endswith(ANY) for line in shown.strip().splitlines()
    )
    return re.fullmatch(pattern, output.replace("\r\n", "\n").strip()) is not None


def run_document(path, shell):
    """Run each `sh` block; the `json` block behind it, if there is one, shows a part of the answer, `csv` the text."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", path.read_text(), re.DOTALL | re.MULTILINE)
    script = output = ""
    for language, text in blocks:
        if language == "sh":
            script, output = text, shell.run(text)
        elif language == "json":
            wanted = json.loads(text)
            if "/tasks/" in script:
                output = wait_for(lambda script=script, wanted=wanted: finished(shell.run(script)))
            assert shown_in(json.loads(output), wanted), f"{script}\n{output}"
        else:
            assert language == "csv", f"no test runs {language} blocks"
            assert lines_shown_in(output, text), f"{script}\n{output}"


def finished(answer):
    return answer if json.loads(answer)["status"] not in ("pending", "processing") else None


@pytest.mark.parametrize("name", ["README.md", "docs/importing.md", "docs/api.md"])
def test_examples_answer_what_the_document_shows(site, database_url, name):
    path = PROJECT / name
    with workers(database_url, 1 if "/tasks/" in path.read_text() else 0):
        run_document(path, Shell(site, database_url))


@pytest.mark.parametrize("answer", [{"a": 2}, {"b": 1}, {"a": [2]}, {"a": []}, [], None])
def test_an_answer_that_a_document_does_not_show_is_noticed(answer):
    assert not shown_in(answer, {"a": [1]})


def test_api_document_names_every_endpoint_it_uses_rightly():
    """Every path in docs/api.md is one of the API, or of the pages."""
    known = [re.sub(r"<[^>]+>", "[^/]+", str(one.pattern)) for one in api_urlpatterns]
    text = (PROJECT / "docs" / "api.md").read_text()
    used = {path.strip("/") for path in re.findall(r"(?:\$ATLAS|`(?:POST )?)(/[\w$/.{}-]+)", text)}

    assert {path for path in used if not any(re.fullmatch(pattern, path) for pattern in known)} == set()


def settings_read():
    """Return the names of the environment that the settings and ./run read."""
    probe = """if True:
        import os
        read = set()
        class Recorder(type(os.environ)):
            def __getitem__(self, name):
                read.add(name)
                return super().__getitem__(name)
            def get(self, name, default=None):
                read.add(name)
                return super().get(name, default)
            def __contains__(self, name):
                read.add(name)
                return super().__contains__(name)
        os.environ.__class__ = Recorder
        import atlas.settings
        print(*sorted(read))
    """
    environment = {"PATH": os.environ["PATH"], "ATLAS_DATA_DIR": str(settings.DATA_DIR)}
    done = subprocess.run([sys.executable, "-c", probe], cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    of_run = re.findall(r'os\.environ\.get\("(\w+)"', (PROJECT / "run").read_text())
    return {name for name in [*done.stdout.split(), *of_run] if re.match(r"ATLAS_|S3_|B2_|DATABASE_URL$", name)}


def test_operations_document_names_exactly_the_settings():
    text = (PROJECT / "docs" / "operations.md").read_text()
    table = text[text.index("## Settings") :].split("\n## ", 2)[0:1][0]
    named = set(re.findall(r"`([A-Z0-9_]+)`", "\n".join(re.findall(r"^\| (.*?) \|", table, re.MULTILINE))))

    assert named == settings_read()


def test_the_settings_module_lists_every_variable():
    listed = re.findall(r"\b(?:(?:ATLAS|S3|B2)_[A-Z0-9_]+|DATABASE_URL)", atlas.settings.__doc__)

    assert set(listed) == settings_read()


def test_operations_document_names_every_policy_of_retention():
    text = (PROJECT / "docs" / "operations.md").read_text()

    assert [codes(row[0])[0] for row in table_of(text, "## Retention")] == Policy.values


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_and_file_names_lead_somewhere(path):
    text = path.read_text()
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    files = re.findall(
        r"`((?:atlas|core|audit|imports|lineage|tests|docs|templates|demo|deploy|benchmarks)/[\w./-]+)`", text
    )

    assert [link for link in links if not leads_somewhere(path, link)] == []
    assert [file for file in files if not (PROJECT / file).exists()] == []


def leads_somewhere(path, link):
    file, _, heading = link.partition("#")
    target = path.parent / file if file else path
    return target.exists() and (not heading or heading in headings(target))


def headings(path):
    """Return the anchors that GitHub gives the headings of a document."""
    lines = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE).splitlines()
    titles = [line.lstrip("# ") for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_run_and_test_have_the_options_that_documents_use():
    helps = {
        name: subprocess.run([sys.executable, name, "--help"], cwd=PROJECT, capture_output=True, text=True).stdout
        for name in ("run",)
    }
    used = {option for path in PAGES for line in re.findall(r"\./run[^\n`]*", path.read_text())
            for option in re.findall(r"--[a-z-]+", line)}  # fmt: skip

    assert {option for option in used if option not in helps["run"]} == set()


def test_the_newest_version_of_the_changelog_is_the_projects():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert versions[0] == project["version"] == settings.SPECTACULAR_SETTINGS["VERSION"]


READING = (PROJECT / "docs" / "reading.md").read_text()


def table_of(text, heading):
    """Return the rows of the first table under a heading, as lists of cells."""
    part = text[text.index(heading) :]
    rows = re.search(r"^\|.*\n\|[-|]+\n((?:\|.*\n)+)", part, re.MULTILINE)[1]
    return [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in rows.splitlines()]


def codes(text):
    return re.findall(r"`([^`]+)`", text)


def test_reading_document_names_every_format_and_extension():
    named = {row[0].strip("| "): codes(row[1]) for row in table_of(READING, "## Files")}

    assert named == {one.label: [f".{extension}" for extension in one.extensions] for one in FORMATS}


def test_glossary_names_every_type():
    named = table_of((PROJECT / "docs" / "glossary.md").read_text(), "## Types")

    assert {row[0].strip("| "): codes(row[1])[0] for row in named} == {one.label: one.name for one in TYPES}


def test_reading_document_names_every_file_setting():
    named = [code for row in table_of(READING, "## File settings") for code in codes(row[0])]

    assert sorted(named) == sorted(KEYS["source_options"])
    values = {codes(row[0])[0]: codes(row[2]) for row in table_of(READING, "## File settings")}
    assert [value for value in values["nested"] if value != "a.b"] == list(NESTING)
    assert values["date_order"] == list(DATE_ORDERS)


def test_formats_with_a_name_read_dates_as_the_reading_document_shows(tmp_path, atlas_db):
    rows = [[codes(cell)[0] for cell in row] for row in table_of(READING, "**A format of your own**")]
    assert {name for name, _, _ in rows} == NAMED_FORMATS.keys()

    for name, text, stored in rows:
        rules = {"datetime_transformations": [{"field": "v", "source_format": name}]}
        import_text(tmp_path, f"{name}.csv", f'v\n"{text}"\n', rules=rules)
        assert query(f"SELECT v::text FROM {name}") == [(stored,)]


def test_dates_are_read_where_a_type_was_asked_for_as_the_reading_document_shows(tmp_path, atlas_db):
    rows = [
        [codes(cell)[0] if "`" in cell else cell for cell in row]
        for row in table_of(READING, "**Where a type was asked for**")
    ]

    for number, (text, sql_type, stored) in enumerate(rows):
        import_text(tmp_path, f"t{number}.csv", f'v\n"{text}"\n', db_schema={"v": sql_type})
        assert query(f"SELECT v::text FROM t{number} WHERE _corrections_applied IS NOT NULL") == [(stored,)]


def test_reading_document_names_every_empty_marker():
    paragraph = READING[READING.index("**Empty markers**") :].split("\n\n")[0]

    assert ["", *codes(paragraph)] == list(DEFAULT_NULL_TOKENS)


def test_api_document_names_every_key_of_the_mapping():
    text = (PROJECT / "docs" / "api.md").read_text()

    meanings = {codes(row[0])[0]: codes(row[1]) for row in table_of(text, "## Choose the table")}
    assert meanings.keys() == set(KEYS["mapping"])
    assert (meanings["strategy"], meanings["on_error"]) == (list(STRATEGIES), OnError.values)


def test_api_document_names_every_outcome():
    shown = (PROJECT / "docs" / "api.md").read_text()
    [sentence] = re.findall(r"^The outcome \(.*", shown, re.MULTILINE)

    assert codes(sentence)[1:] == Outcome.values


def test_architecture_names_every_package():
    text = (PROJECT / "docs" / "architecture.md").read_text()
    packages = [path.parent for app in ("imports", "lineage") for path in (PROJECT / app).glob("*/__init__.py")]

    unnamed = {path.name for path in packages if f"{path.name}/" not in text}
    assert unnamed - {"migrations", "templatetags"} == set()


def test_values_are_read_as_the_reading_document_shows(tmp_path, atlas_db):
    rows = [[codes(cell)[0] if "`" in cell else cell for cell in row] for row in table_of(READING, "## Values")]
    text = io.StringIO()
    csv.writer(text).writerows([[f"c{at}" for at in range(len(rows))], [row[0] for row in rows]])
    import_text(tmp_path, "values.csv", text.getvalue())

    stored = query(f"SELECT {', '.join(f'c{at}::text' for at in range(len(rows)))} FROM values")[0]
    types = [column.sql_type for column in catalog.describe("values").columns if column.name.startswith("c")]
    assert [[row[0], *found] for row, found in zip(rows, zip(types, stored, strict=True), strict=True)] == rows
