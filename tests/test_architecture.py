"""The house: which package may use which, where SQL is written, and that nothing decides by the words of a message.

docs/architecture.md has the picture. A package imports what its row of the table names, and nothing else of ours.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("atlas", "audit", "core", "imports", "lineage")
MODULES = sorted(
    path.relative_to(ROOT) for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts
)

#: The ground of an app: modules that stand beside its packages, and what they may use.
GROUND = {
    "imports.errors": {"core"},
    "imports.text_batches": {"core", "imports.errors"},
    "imports.table_description": {"core", "imports.errors", "imports.messages"},
    "imports.identifiers": {"core"},
    "imports.labels": {"imports.errors"},
    "imports.messages": {"core"},
    "imports.permissions": {"core"},
    "imports.locks": {"core", "imports.errors", "imports.messages"},
    "imports.refusals": {"core", "audit", "imports.errors"},
    "imports.models": {"imports.sources"},
}
PURE = {
    "imports.errors", "imports.text_batches", "imports.table_description", "imports.identifiers", "imports.messages",
}  # fmt: skip
TYPES = PURE | {"imports.column_types"}
MAPPING = TYPES | {"imports.mapping", "imports.labels"}
READERS = TYPES | {"imports.readers", "imports.sources"}
INFERENCE = MAPPING | {"imports.inference", "imports.sources"}
PLANNING = INFERENCE | {"imports.planning"}
CONVERSION = PLANNING | {"imports.conversion"}
TABLES = TYPES | {"imports.tables", "imports.models"}
HISTORY = TABLES | {"imports.history", "imports.sources", "imports.locks", "imports.refusals", "audit"}
LOADING = CONVERSION | HISTORY | READERS | {"imports.loading"}
JOBS = LOADING | {"imports.jobs"}
ANALYSIS = LOADING | {"imports.analysis"}
ADOPTION = HISTORY | {"imports.adoption"}
ADAPTERS = JOBS | ANALYSIS | ADOPTION | {"imports.permissions", "imports.labels"}
PROVENANCE = LOADING | {"imports.labels", "lineage.provenance"}
UNDO = PROVENANCE | {"lineage.undo"}
EXPORTS = PROVENANCE | {"lineage.exports"}
GRAPH = PROVENANCE | {"imports.labels", "lineage.graph"}
STATISTICS = EXPORTS | {"imports.labels", "lineage.statistics"}
CONSISTENCY = UNDO | {"imports.jobs", "lineage.consistency"}
RETENTION = UNDO | {"imports.jobs", "lineage.retention"}
LINEAGE = GRAPH | STATISTICS | CONSISTENCY | RETENTION | {"imports.labels", "imports.permissions"}

#: Package -> what it may use beside itself and `core`.
ARROWS = {
    "atlas": {"core", "audit", "imports", "lineage"},
    "core": set(),
    "audit": {"audit"},
    "imports.column_types": PURE,
    "imports.mapping": MAPPING,
    "imports.sources": PURE | {"imports.locks", "imports.refusals"},
    "imports.readers": READERS,
    "imports.inference": INFERENCE,
    "imports.planning": PLANNING,
    "imports.conversion": CONVERSION,
    "imports.tables": TABLES,
    "imports.history": HISTORY,
    "imports.loading": LOADING,
    "imports.adoption": ADOPTION,
    "imports.analysis": ANALYSIS,
    "imports.jobs": JOBS,
    "imports.api": ADAPTERS,
    "imports.pages": ADAPTERS,
    "imports.management": ADAPTERS,
    "imports.templatetags": ADAPTERS | {"imports.pages"},
    "imports.admin": ADAPTERS,
    "imports.middleware": {"audit", "imports.sources", "imports.messages"},
    "imports.tasks": JOBS,
    "imports.urls": {"imports.pages"},
    "imports.apps": set(),
    "lineage.provenance": PROVENANCE,
    "lineage.undo": UNDO,
    "lineage.exports": EXPORTS,
    "lineage.graph": GRAPH,
    "lineage.statistics": STATISTICS,
    "lineage.consistency": CONSISTENCY,
    "lineage.retention": RETENTION,
    "lineage.api": LINEAGE | {"imports.api"},
    "lineage.pages": LINEAGE | {"imports.pages"},
    "lineage.admin": LINEAGE | {"imports.admin", "lineage.pages"},
    "lineage.management": LINEAGE,
    "lineage.tasks": RETENTION,
    "lineage.urls": {"lineage.pages"},
    "lineage.apps": set(),
    **GROUND,
}

#: What the reading of untrusted files needs: it must run without a database and without credentials.
PURE_PACKAGES = (
    "imports.column_types", "imports.mapping", "imports.readers", "imports.inference", "imports.planning",
    "imports.conversion", "imports.text_batches", "imports.table_description", "imports.identifiers",
)  # fmt: skip
OF_THE_DATABASE = (
    "django.db", "psycopg", "imports.models", "imports.tables", "imports.history", "imports.locks", "audit",
)  # fmt: skip
CHOICES = "django.db.models.TextChoices"  # an enumeration; it needs no database

#: Where SQL is written by hand, and where a connection is watched or opened.
SQL = re.compile(
    r"imports/(tables|history|adoption)/.*|imports/(locks|loading/ledger|jobs/connection_lost)\.py"
    r"|lineage/(undo|\w+/queries)\b.*|lineage/(consistency/invariants|retention/remaining_rows|provenance/columns)\.py"
    r"|audit/(log|chain)\.py|imports/management/commands/migrate\.py|atlas/(health|server/\w+)\.py"
)


def package_of(name):
    """The row of the table that a dotted name belongs to, the longest; None for what is not ours."""
    rows = [row for row in (*ARROWS, *APPS) if name == row or name.startswith(f"{row}.")]
    return max(rows, key=len, default=None)


def module_name(path):
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


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
def test_a_package_uses_only_what_the_table_allows(path):
    own = package_of(module_name(path))
    assert own in ARROWS or own in ("imports", "lineage"), f"{path} is in no package of the table"

    used = {name for name in imported(path) if name.split(".")[0] in APPS}
    forbidden = {name for name in used if not below(name, {"core", own, *ARROWS.get(own, ())})}

    assert forbidden == set()


def test_core_knows_no_app():
    used = {name for path in MODULES if path.parts[0] == "core" for name in imported(path)}

    assert {name for name in used if name.split(".")[0] in APPS and not below(name, ("core",))} == set()


def arrows_between_modules():
    names = {module_name(path): path for path in MODULES}
    arrows = defaultdict(set)
    for name, path in names.items():
        for used in imported(path):
            target = used if used in names else used.rpartition(".")[0]
            if target in names and target != name:
                arrows[name].add(target)
    return arrows


def test_no_module_leads_back_to_itself():
    arrows = arrows_between_modules()
    done, open_ones = set(), []

    def follow(name):
        if name in open_ones:
            return [*open_ones[open_ones.index(name) :], name]
        if name in done:
            return None
        open_ones.append(name)
        circle = next((found for target in sorted(arrows[name]) if (found := follow(target))), None)
        open_ones.pop()
        done.add(name)
        return circle

    assert next((circle for name in sorted(arrows) if (circle := follow(name))), None) is None


@pytest.mark.parametrize("path", [path for path in MODULES if below(module_name(path), PURE_PACKAGES)], ids=str)
def test_what_reads_untrusted_files_knows_no_database(path):
    assert {name for name in imported(path) if below(name, OF_THE_DATABASE) and name != CHOICES} == set()


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_sql_is_written_in_its_packages_only(path):
    if SQL.fullmatch(path.as_posix()):
        return

    calls = [
        node.lineno
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "cursor"
    ]
    assert (calls, {name for name in imported(path) if below(name, ("psycopg",))}) == ([], set())


#: Names that hold what a person reads.
TEXTS = {"message", "error_message", "warning", "warnings", "strategy_reason", "english"}
TESTS_OF_TEXT = {
    "startswith",
    "endswith",
    "find",
    "index",
    "partition",
    "rpartition",
    "removeprefix",
    "removesuffix",
    "split",
}


def is_text(node):
    """Whether an expression is what a person reads: `error.message`, `str(error)`, `found.warnings`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
        return is_text(node.args[0]) or (isinstance(node.args[0], ast.Name) and node.args[0].id in ("error", "refusal"))
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in TEXTS


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_nothing_decides_by_the_words_of_a_message(path):
    found = []
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            matches = node.func.attr in TESTS_OF_TEXT and is_text(node.func.value)
            regex = (
                isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and any(map(is_text, node.args))
            )
            if matches or regex:
                found.append(node.lineno)
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            constant = any(
                isinstance(side, ast.Constant) and isinstance(side.value, str) and side.value for side in sides
            )
            if constant and any(map(is_text, sides)):
                found.append(node.lineno)

    assert found == []


def test_the_table_has_no_row_for_what_is_not_there():
    names = {module_name(path) for path in MODULES}

    assert {row for row in ARROWS if not any(name == row or name.startswith(f"{row}.") for name in names)} == set()
