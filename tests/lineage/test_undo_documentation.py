"""The example of docs/undo.md: its commands are run, and the tables on the page compared with those of the database."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from imports.models import ImportHistory, KeptRecord
from tests.importing import columns_of, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db")

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "undo.md").read_text()
EXAMPLES = re.findall(r"^## An example with [^\n]*\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
BLOCK = r"^```(?P<language>\w+) ?(?P<name>\S*)\n(?P<text>.*?)^```$"
TABLE = r"^(?P<table>(?:\|[^\n]*\n)+)"
PARTS = re.compile(f"{BLOCK}|{TABLE}", re.MULTILINE | re.DOTALL)
NOT_SHOWN = {"id", "_imported_at", "_corrections_applied"}  # columns that the page leaves out


@pytest.mark.parametrize("example", EXAMPLES, ids=["rows", "updates"])
def test_the_example_runs_as_the_page_shows_it(tmp_path, monkeypatch, example):
    monkeypatch.chdir(tmp_path)
    tables = 0
    for part in PARTS.finditer(example):
        if part["name"]:
            Path(part["name"]).write_text(part["text"])
        elif part["language"] == "sh":
            run(part["text"])
        else:
            assert cells_of(part["table"]) == (imports() if part["table"].startswith("| import ") else deliveries())
            tables += 1
    assert tables == 2 * example.count("```sh")


def run(commands):
    ids = {name: str(import_id) for import_id, name in names().items()}
    for line in commands.splitlines():
        command, *words = re.findall(r'"[^"]*"|\S+', line.removeprefix(".venv/bin/python manage.py "))
        call_command(command, *(ids.get(word, word.strip('"')) for word in words))


def names():
    """Import id → its letter on the page, in their order."""
    ids = ImportHistory.objects.order_by("import_order").values_list("pk", flat=True)
    return dict(zip(ids, "ABC", strict=False))


def cells_of(table):
    """Header and rows of a Markdown table, as texts."""
    header, _, *lines = table.splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in [header, *lines]]


def deliveries():
    columns = [name for name in ("fruit", "kilos", "country") if name in columns_of("deliveries")]
    header = [*columns, "_import_id", "_source_row_number"]
    assert set(columns_of("deliveries")) - NOT_SHOWN == set(header)
    letters = names()
    rows = [{**row, "_import_id": letters[row["_import_id"]]} for row in rows_of("deliveries")]
    rows.sort(key=lambda row: (row["_import_id"], row["_source_row_number"]))
    return [header, *([text(row[name]) for name in header] for row in rows)]


def imports():
    header = ["import", "active", "rows_inserted", "rows_updated", "duplicates_found", "kept duplicates"]
    letters = names()
    return [header, *(line_of(ImportHistory.objects.get(pk=import_id), letters) for import_id in letters)]


def line_of(record, letters):
    kept = [
        f"row {one.record_number} repeats row {one.matched_record_number} of {letters[one.matched_import_id]}"
        for one in KeptRecord.objects.filter(import_record=record, fate="duplicate").order_by("record_number")
    ]
    active = "no" if record.undone_at else "yes"
    counts = map(text, (record.rows_inserted, record.rows_updated, record.duplicates_found))
    return [letters[record.pk], active, *counts, ", ".join(kept)]


def text(value):
    return "" if value is None else str(value)


def test_the_modules_that_the_page_names_are_there():
    section = PAGE[PAGE.index("## Where each step is in the code") : PAGE.index("## The algorithm, and its cost")]
    named = set(re.findall(r"`([\w/]+\.py)`", section))
    found = {name for name in named if (ROOT / name).is_file() or (ROOT / "lineage" / "undo" / name).is_file()}
    of_the_room = {path.name for path in (ROOT / "lineage" / "undo").glob("*.py")} - {"__init__.py"}

    assert found == named
    assert of_the_room <= named
