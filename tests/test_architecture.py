"""The house's arrows: lineage → imports → audit → libraries, a middle without a database, one door for SQL."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("audit", "imports", "lineage")
MODULES = sorted(path.relative_to(ROOT) for app in APPS for path in (ROOT / app).rglob("*.py"))

#: What an app may use of the others. `core` is the ground, for all.
ALLOWED = {
    "audit": {"audit"},
    "imports": {"imports", "audit"},
    "lineage": {"lineage", "imports", "audit"},
}
ADAPTERS = re.compile(r"(audit|imports|lineage)/(api/\w+|(\w+_)?views|admin|pages)\.py")

#: The middle of the line: pure, without a database.
MIDDLE = re.compile(
    r"imports/(readers/.*|column_types/.*|profile|plan|coerce|corrections|names|json_text|transform|rules|filters|patterns"
    r"|mapping_rules|mapping_json|spool)\.py"
)
DATABASE = (
    "django.db",
    "imports.models",
    "audit",
    "imports.history.tracking",
    "imports.loading.ledger",
    "imports.tables",
)
NO_DATABASE = {"django.db.models.TextChoices", "imports.table_description"}

#: Where SQL may be put together.
WRITES_SQL = re.compile(r"imports/tables/\w+\.py|imports/ledger\.py|lineage/(undo|queries)\.py")


def imported(path):
    """Every module, or name of a module, that the file imports, as `package.module` or `package.module.name`."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def below(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_arrows_go_one_way(path):
    ours = {name for name in imported(path) if below(name, (*APPS, "atlas"))}
    forbidden = {name for name in ours if not below(name, ALLOWED[path.parts[0]])}
    if ADAPTERS.fullmatch(path.as_posix()):
        forbidden = {name for name in forbidden if not below(name, ("core",))}

    assert forbidden == set()


@pytest.mark.parametrize("path", [path for path in MODULES if MIDDLE.fullmatch(path.as_posix())], ids=str)
def test_the_middle_of_the_line_knows_no_database(path):
    forbidden = {name for name in imported(path) if below(name, DATABASE) and not below(name, NO_DATABASE)}

    assert forbidden == set()


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_sql_is_put_together_behind_one_door(path):
    if WRITES_SQL.fullmatch(path.as_posix()):
        return

    assert {name for name in imported(path) if below(name, ("psycopg",))} == set()


def test_the_middle_is_found_at_all():
    found = {path.as_posix() for path in MODULES if MIDDLE.fullmatch(path.as_posix())}

    assert found >= {
        "imports/inference/profile.py",
        "imports/planning/plan.py",
        "imports/conversion/convert.py",
        "imports/readers/csv/reader.py",
    }
