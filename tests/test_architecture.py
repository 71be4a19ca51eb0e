"""The house: which package may use which, where SQL is written, and that nothing decides by the words of a message.

docs/architecture.md has the picture. A package imports what its row of the table names, and nothing else of ours.
"""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from imports.extraction.factory import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
APPS = ("access", "atlas", "audit", "core", "imports", "lineage")


@dataclass(frozen=True)
class Module:
    """A source file. The rules below are functions over these, so that they can be tried on made-up ones."""

    path: str  # from the root of the project: imports/loading/run.py
    source: str

    @property
    def name(self):
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @property
    def row(self):
        """The row of the table that it belongs to, the longest; None where there is none."""
        rows = [row for row in ARROWS if below(self.name, (row,))]
        return max(rows, key=len, default=None)

    @cached_property
    def nodes(self):
        return list(ast.walk(ast.parse(self.source)))

    @cached_property
    def imports(self):
        """Line and name of everything that it imports, as `package.module` or `package.module.name`."""
        return [
            (node.lineno, name)
            for node in self.nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in names_of(node)
        ]


def names_of(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]


def below(name, packages):
    return any(name == package or name.startswith(f"{package}.") for package in packages)


MODULES = [
    Module(path.relative_to(ROOT).as_posix(), path.read_text())
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.relative_to(ROOT).parts
]

#: The ground of an app: modules that stand beside its packages, and what they may use.
GROUND = {
    "imports.errors": {"core"},
    "imports.not_read": set(),
    "imports.text_batches": {"core", "imports.errors", "imports.not_read"},
    "imports.table_description": {"core", "imports.errors", "imports.messages", "imports.identifiers"},
    "imports.identifiers": {"core"},
    "imports.labels": {"imports.errors"},
    "imports.messages": {"core"},
    "imports.permissions": {"core"},
    "imports.locks": {"core", "imports.messages"},
    "imports.refusals": {"core", "audit", "imports.errors"},
    "imports.models": {"imports.sources"},
    "imports.user_limits": {"core", "imports.messages"},
}
PURE = {
    "imports.errors", "imports.text_batches", "imports.table_description", "imports.identifiers", "imports.messages",
    "imports.not_read",
}  # fmt: skip
TYPES = PURE | {"imports.column_types"}
MAPPING = TYPES | {"imports.mapping", "imports.labels"}
READERS = TYPES | {"imports.readers", "imports.sources"}
INFERENCE = MAPPING | {"imports.inference", "imports.sources"}
PLANNING = INFERENCE | {"imports.planning"}
CONVERSION = PLANNING | {"imports.conversion"}
PROPOSALS = INFERENCE | {"imports.proposals"}
TABLES = TYPES | {"imports.tables", "imports.models", "imports.locks"}
HISTORY = TABLES | {"imports.history", "imports.proposals", "imports.sources", "imports.refusals", "audit"}
EXTRACTION = CONVERSION | READERS | {"imports.extraction", "imports.sandbox"}
LOADING = EXTRACTION | HISTORY | {"imports.loading", "imports.user_limits"}
JOBS = LOADING | {"imports.jobs"}
SAVED_MAPPINGS = MAPPING | HISTORY | {"imports.saved_mappings"}
ANALYSIS = LOADING | SAVED_MAPPINGS | {"imports.analysis"}
ADOPTION = HISTORY | {"imports.adoption"}
ADAPTERS = JOBS | ANALYSIS | ADOPTION | {"imports.permissions", "imports.labels"}
PROVENANCE = LOADING | {"imports.labels", "lineage.provenance"}
UNDO = PROVENANCE | {"lineage.undo"}
REPAIRS = UNDO | {"lineage.repairs"}
RERUNS = REPAIRS | {"lineage.reruns"}
EXPORTS = PROVENANCE | {"lineage.exports"}
REPAIR_FILES = REPAIRS | EXPORTS | {"lineage.repair_files"}
GRAPH = PROVENANCE | {"imports.labels", "lineage.graph"}
STATISTICS = EXPORTS | {"imports.labels", "lineage.statistics"}
CONSISTENCY = UNDO | {"imports.jobs", "lineage.consistency"}
RETENTION = UNDO | {"imports.jobs", "lineage.retention"}
LINEAGE = (
    {"lineage.backup"}
    | REPAIRS
    | RERUNS
    | REPAIR_FILES
    | GRAPH
    | STATISTICS
    | CONSISTENCY
    | RETENTION
    | {"imports.labels", "imports.permissions", "imports.saved_mappings"}
)

#: Package -> what it may use beside itself and `core`.
ARROWS = {
    "atlas": {"core", "audit", "access", "imports", "lineage"},
    "core": set(),
    "audit": {"audit"},
    "access": {"access", "audit"},
    "imports.column_types": PURE,
    "imports.mapping": MAPPING,
    "imports.sources": PURE | {"imports.locks", "imports.refusals"},
    "imports.readers": READERS,
    "imports.sandbox": PURE | {"imports.sandbox", "imports.sources"},
    "imports.inference": INFERENCE,
    "imports.planning": PLANNING,
    "imports.conversion": CONVERSION,
    "imports.proposals": PROPOSALS,
    "imports.extraction": EXTRACTION,
    "imports.tables": TABLES,
    "imports.history": HISTORY,
    "imports.loading": LOADING,
    "imports.adoption": ADOPTION,
    "imports.saved_mappings": SAVED_MAPPINGS,
    "imports.analysis": ANALYSIS,
    "imports.jobs": JOBS,
    "imports.api": ADAPTERS,
    "imports.pages": ADAPTERS,
    "imports.management": ADAPTERS,
    "imports.templatetags": ADAPTERS | {"imports.pages"},
    "imports.admin": ADAPTERS | {"imports.admin_filters"},
    "imports.admin_filters": ADAPTERS,
    "imports.body_limits": {"access", "imports.sources"},
    "imports.middleware": {"audit", "imports.body_limits", "imports.sources"},
    "imports.tasks": JOBS,
    "imports.urls": {"imports.pages"},
    "imports.apps": set(),
    "lineage.provenance": PROVENANCE,
    "lineage.undo": UNDO,
    "lineage.repairs": REPAIRS,
    "lineage.reruns": RERUNS,
    "lineage.repair_files": REPAIR_FILES,
    "lineage.exports": EXPORTS,
    "lineage.graph": GRAPH,
    "lineage.statistics": STATISTICS,
    "lineage.consistency": CONSISTENCY,
    "lineage.retention": RETENTION,
    "lineage.backup": CONSISTENCY | {"lineage.consistency", "lineage.backup"},
    "lineage.api": LINEAGE | {"imports.api"},
    "lineage.pages": LINEAGE | {"imports.analysis", "imports.pages"},
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
    "imports.conversion", "imports.extraction", "imports.proposals", "imports.sandbox", "imports.text_batches",
    "imports.table_description", "imports.identifiers", "imports.not_read",
)  # fmt: skip
OF_THE_DATABASE = (
    "django.db", "psycopg", "imports.models", "imports.tables", "imports.history", "imports.locks", "audit",
)  # fmt: skip
#: What is done with a file, in a process of its own.
EXTRACTION_PACKAGE = "imports.extraction"
CHOICES = "django.db.models.TextChoices"  # an enumeration; it needs no database

#: Where hand-written SQL is, and where a connection is watched or opened.
SQL = re.compile(
    r"imports/(tables|history|adoption|locks)/.*|core/waits/\w+\.py|imports/(loading/ledger|jobs/connection_lost)\.py"
    r"|lineage/(undo|repairs|\w+/queries)\b.*|lineage/(backup/database|consistency/(invariants|schema_issues)|retention/remaining_rows|provenance/columns)\.py"
    r"|audit/(log|chain)\.py|imports/management/commands/migrate\.py|atlas/(health|server/\w+)\.py|core/faults/.*"
    r"|core/rate_limits\.py"
)


# --- the rules: each returns what breaks it, with the file, the line and what to do ---


def rows_missing(module):
    """A module belongs to a package of the table; only the root of an app does not."""
    if module.row is None and module.name not in APPS:
        yield f"{module.path} is in no package of the table. Add a row to ARROWS in {HERE}: what may it use?"


def relative_imports(module):
    for line, name in module.imports:
        if name.startswith("."):
            yield f"{module.path}:{line} imports {name} relatively. Write the whole name of the module."


def arrows_up(module):
    """A package uses itself, `core` and what its row names; `core` uses no app."""
    allowed = {"core", module.row or module.name, *ARROWS.get(module.row, ())}
    for line, name in module.imports:
        if name.split(".")[0] in APPS and not below(name, allowed):
            yield (
                f"{module.path}:{line} imports {name}, which {module.row or module.name} may not use. Move the code"
                f" to a package that may, or pass it in as a parameter. The table is ARROWS in {HERE}."
            )


def circles(modules):
    """The first circle of modules that import each other."""
    arrows = arrows_between(modules)
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

    circle = next((circle for name in sorted(arrows) if (circle := follow(name))), None)
    if circle:
        path = {module.name: module.path for module in modules}
        yield (
            f"{' imports '.join(path[name] for name in circle)}: a circle. Move what two of them need to a module"
            " that imports neither."
        )


def arrows_between(modules):
    names = {module.name for module in modules}
    arrows = defaultdict(set)
    for module in modules:
        for _, used in module.imports:
            target = used if used in names else used.rpartition(".")[0]
            if target in names and target != module.name:
                arrows[module.name].add(target)
    return arrows


def databases_in_pure_packages(module):
    """What reads untrusted files knows no database."""
    if not below(module.name, PURE_PACKAGES):
        return
    for line, name in module.imports:
        if below(name, OF_THE_DATABASE) and name != CHOICES:
            yield (
                f"{module.path}:{line} imports {name}. {module.row} reads untrusted files and must run without a"
                " database: fetch what it needs in imports.loading or imports.analysis and pass it in."
            )


def databases_behind_the_extraction(modules):
    """Not even what it uses, at any distance, knows a database: it runs in a process that has none."""
    arrows = arrows_between(modules)
    reached = [(name,) for name in arrows if below(name, (EXTRACTION_PACKAGE,))]
    seen = {way[-1] for way in reached}
    while reached:
        way = reached.pop(0)
        if below(way[-1], OF_THE_DATABASE):
            yield f"{' uses '.join(way)}: {EXTRACTION_PACKAGE} must not reach the database. Pass in what it needs."
        parents = {way[-1].rpartition(".")[0]} & arrows.keys()
        reached += [(*way, target) for target in sorted((arrows[way[-1]] | parents) - seen)]
        seen |= arrows[way[-1]] | parents


def settings_of_the_extraction(modules):
    """The process of an extraction has no settings but those that it is given."""
    arrows = arrows_between(modules)
    reached = {f"{EXTRACTION_PACKAGE}.extraction"}
    while more := set().union(*(arrows[name] for name in reached)) - reached:
        reached |= more
    for one in modules:
        is_pure = one.name in reached and below(one.name, PURE_PACKAGES)
        for line, name in settings_in(one) if is_pure else ():
            if name not in (*SETTINGS, "ATLAS_SPOOL_DIR"):
                yield f"{one.path}:{line} uses settings.{name}: name it in SETTINGS of extraction/factory.py."


def settings_in(module):
    attributes = [node for node in module.nodes if isinstance(node, ast.Attribute) and node.attr.isupper()]
    for node in attributes:
        if isinstance(node.value, ast.Name) and node.value.id == "settings":
            yield node.lineno, node.attr


def sql_outside_its_packages(module):
    if SQL.fullmatch(module.path):
        return
    cursors = [
        (node.lineno, "calls cursor()")
        for node in module.nodes
        if isinstance(node, ast.Attribute) and node.attr == "cursor"
    ]
    drivers = [(line, f"imports {name}") for line, name in module.imports if below(name, ("psycopg",))]
    for line, what in sorted(cursors + drivers):
        yield (
            f"{module.path}:{line} {what}. SQL is written in the packages that the pattern SQL in {HERE} names: use"
            " the ORM, or move the query to imports/tables, imports/history or a queries module."
        )


#: Names that hold what a person reads.
TEXTS = {"message", "error_message", "warning", "warnings", "strategy_reason", "english"}
#: Names of an exception where no `except` gives it one, as a parameter.
NAMES_OF_ERRORS = {"error", "refusal"}
TESTS_OF_TEXT = {
    "startswith", "endswith", "find", "index", "partition", "rpartition", "removeprefix", "removesuffix", "split",
}  # fmt: skip


def decisions_by_text(module):
    """Nothing decides by the words of a message: it is asked for its code."""
    caught = {node.name for node in module.nodes if isinstance(node, ast.ExceptHandler) and node.name}
    errors = caught | NAMES_OF_ERRORS
    for node in module.nodes:
        if reads_words(node, errors):
            yield (
                f"{module.path}:{node.lineno} decides by the words of a message, which may be reworded or translated."
                " Compare its code, or a parameter of it (core/messages.py)."
            )


def reads_words(node, errors):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        of = node.func.value
        is_regex = isinstance(of, ast.Name) and of.id == "re" and any(is_text(one, errors) for one in node.args)
        return is_regex or (node.func.attr in TESTS_OF_TEXT and is_text(of, errors))
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        has_words = any(isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value for one in sides)
        return has_words and any(is_text(one, errors) for one in sides)
    return False


def is_text(node, errors):
    """Whether an expression is what a person reads: `error.message`, `str(error)`, `english(found)`, `x.warnings`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        of = node.args[0]
        is_error = isinstance(of, ast.Name) and of.id in errors
        return node.func.id == "english" or (node.func.id == "str" and (is_error or is_text(of, errors)))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("lower", "casefold"):
        return is_text(node.func.value, errors)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in TEXTS


def rows_of_nothing(modules):
    """The table has no row for what is not there."""
    for row in ARROWS:
        if not any(below(module.name, (row,)) for module in modules):
            yield f"ARROWS in {HERE} has a row {row}, and there is no such package. Delete the row, or rename it."


HERE = "tests/test_architecture.py"
OF_A_MODULE = (
    rows_missing, relative_imports, arrows_up, databases_in_pure_packages, sql_outside_its_packages, decisions_by_text,
)  # fmt: skip
OF_ALL = (circles, rows_of_nothing, databases_behind_the_extraction, settings_of_the_extraction)


# --- the project keeps them ---


@pytest.mark.parametrize("rule", OF_A_MODULE, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule):
    broken = [line for module in MODULES for line in rule(module)]

    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("rule", OF_ALL, ids=lambda rule: rule.__name__)
def test_the_whole_keeps_the_rule(rule):
    broken = list(rule(MODULES))

    assert not broken, "\n".join(broken)


# --- a break of each is found, with the file and what to do ---


def only(violations):
    (violation,) = violations
    return violation


def module(path, *lines):
    return Module(path, "\n".join(lines))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import imports.loading.run", "imports.loading.run"),
        ("from imports.loading.run import load", "imports.loading.run.load"),
        ("from imports import loading", "imports.loading"),
        ("import imports.loading as below, json", "imports.loading"),
        ("def f():\n    from lineage.undo import undo", "lineage.undo.undo"),
        ("if TYPE_CHECKING:\n    from imports.history.tracking import begin", "imports.history.tracking.begin"),
        ("from imports.mapping_pages import x", "imports.mapping_pages.x"),
    ],
)
def test_an_arrow_up_is_found(line, name):
    violation = only(arrows_up(module("imports/mapping/filters.py", *line.splitlines())))

    number = len(line.splitlines())
    assert violation.startswith(f"imports/mapping/filters.py:{number} imports {name}, which imports.mapping may not")
    assert "Move the code to a package that may, or pass it in" in violation


@pytest.mark.parametrize(
    "line",
    [
        "from imports.mapping.request import Mapping",
        "from imports import labels",
        "import imports.column_types.cast",
        "from core.messages import Sentence",
        "import json, psycopg, django.db",
    ],
)
def test_an_arrow_that_the_table_has_is_allowed(line):
    assert list(arrows_up(module("imports/mapping/filters.py", line))) == []


@pytest.mark.parametrize("row", ARROWS)
def test_every_row_forbids_what_it_does_not_name(row):
    path = f"{row.replace('.', '/')}/made_up.py"
    forbidden = [other for other in ARROWS if not below(other, {"core", row, *ARROWS[row]})]

    assert [line.split(" imports ")[1].split(",")[0] for line in arrows_up(
        module(path, *(f"import {other}" for other in forbidden))
    )] == forbidden  # fmt: skip
    assert forbidden or row == "atlas"


def test_core_may_use_no_app():
    core = module("core/errors.py", "from audit.models import AuditEntry", "from imports import errors", "import json")

    assert [line.partition(", ")[0] for line in arrows_up(core)] == [
        "core/errors.py:1 imports audit.models.AuditEntry", "core/errors.py:2 imports imports.errors",
    ]  # fmt: skip


def test_an_app_s_root_may_use_only_itself():
    root = module("imports/__init__.py", "from lineage import undo")

    assert only(arrows_up(root)).startswith("imports/__init__.py:1 imports lineage.undo, which imports may not use.")


def test_a_module_outside_the_table_is_found():
    assert "imports/helpers/texts.py is in no package of the table. Add a row to ARROWS" in only(
        rows_missing(module("imports/helpers/texts.py", "x = 1"))
    )
    assert list(rows_missing(module("imports/mapping/made_up.py", "x = 1"))) == []


@pytest.mark.parametrize("line", ["from .request import Mapping", "from . import request", "from ..loading import run"])
def test_a_relative_import_is_found(line):
    violation = only(relative_imports(module("imports/mapping/filters.py", line)))

    assert violation.startswith("imports/mapping/filters.py:1 imports .")
    assert violation.endswith("relatively. Write the whole name of the module.")


def test_a_circle_is_found():
    modules = [
        module("imports/readers/a.py", "from imports.readers.b import read"),
        module("imports/readers/b.py", "def read():", "    from imports.readers import c"),
        module("imports/readers/c.py", "import imports.readers.a"),
        module("imports/readers/d.py", "import imports.readers.a"),
    ]

    assert only(circles(modules)) == (
        "imports/readers/a.py imports imports/readers/b.py imports imports/readers/c.py imports imports/readers/a.py:"
        " a circle. Move what two of them need to a module that imports neither."
    )
    assert list(circles([*modules[:2], modules[3]])) == []


def test_a_circle_through_a_package_is_found():
    package = module("imports/readers/__init__.py", "from imports.readers.a import read")

    assert "imports/readers/__init__.py imports imports/readers/a.py imports" in only(
        circles([package, module("imports/readers/a.py", "from imports.readers import Reader")])
    )


def test_a_database_behind_the_extraction_is_found():
    modules = [
        module("imports/extraction/extraction.py", "from imports.sources.kept_files import fetched"),
        module("imports/sources/kept_files.py", "def f():", "    from imports.locks import source_lock"),
        module("imports/locks.py", "x = 1"),
    ]

    assert only(databases_behind_the_extraction(modules)) == (
        "imports.extraction.extraction uses imports.sources.kept_files uses imports.locks: imports.extraction must not"
        " reach the database. Pass in what it needs."
    )
    assert list(databases_behind_the_extraction(modules[:1] + modules[2:])) == []


def test_a_setting_that_the_extraction_is_not_given_is_found():
    modules = [
        module("imports/extraction/extraction.py", "from imports.inference.spool import Spool"),
        module("imports/inference/spool.py", "x = settings.ATLAS_SPOOL_DIR", "y = settings.ATLAS_DATE_ORDER"),
        module("imports/extraction/factory.py", "limit = settings.ATLAS_OTHER"),
    ]
    assert list(settings_of_the_extraction(modules)) == []
    modules[1] = module("imports/inference/spool.py", "x = settings.ATLAS_OTHER")

    assert only(settings_of_the_extraction(modules)) == (
        "imports/inference/spool.py:1 uses settings.ATLAS_OTHER: name it in SETTINGS of extraction/factory.py."
    )


@pytest.mark.parametrize("package", PURE_PACKAGES)
@pytest.mark.parametrize(
    "line",
    [
        "from django.db import connection",
        "from django import db",
        "import psycopg",
        "from imports.models import ImportHistory",
        "def f():\n    from imports.locks import table_lock",
        "from audit import log",
    ],
)
def test_a_database_in_a_pure_package_is_found(package, line):
    path = f"{package.replace('.', '/')}/made_up.py"
    violation = only(databases_in_pure_packages(module(path, *line.splitlines())))

    assert violation.startswith(f"{path}:{len(line.splitlines())} imports ")
    assert f"{package} reads untrusted files and must run without a database" in violation
    assert "pass it in" in violation


def test_what_is_not_of_the_database_is_allowed_in_a_pure_package():
    line = "from django.db.models import TextChoices"

    assert list(databases_in_pure_packages(module("imports/mapping/made_up.py", line, "import django.utils"))) == []
    assert list(databases_in_pure_packages(module("imports/history/made_up.py", "import django.db"))) == []


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (["with connection.cursor() as cursor:", "    cursor.execute('SELECT 1')"], "calls cursor()"),
        (["cursor = connections['default'].cursor"], "calls cursor()"),
        (["from psycopg import sql"], "imports psycopg.sql"),
        (["import psycopg.rows"], "imports psycopg.rows"),
    ],
)
def test_sql_outside_its_packages_is_found(lines, what):
    for path in ("imports/loading/run.py", "imports/pages/history.py", "lineage/graph/layout.py", "core/errors.py"):
        violation = only(sql_outside_its_packages(module(path, *lines)))

        assert violation.startswith(f"{path}:1 {what}. SQL is written in the packages")
        assert "use the ORM, or move the query to" in violation


@pytest.mark.parametrize(
    "path", ["imports/tables/rows.py", "imports/loading/ledger.py", "lineage/graph/queries.py", "lineage/undo/undo.py"]
)
def test_sql_in_its_packages_is_allowed(path):
    assert list(sql_outside_its_packages(module(path, "import psycopg", "connection.cursor()"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "if error.message.startswith('The file'): pass",
        "if 'duplicate' in record.error_message: pass",
        "if 'duplicate' in str(record.error_message).lower(): pass",
        "if record.strategy_reason == 'Only one table': pass",
        "if 'ambiguous' in warning: pass",
        "date_order = re.search('order (.+)', warning)",
        "where, _, what = error.message.partition(': ')",
        "if english(found) == 'No rows': pass",
        "try: f()\nexcept ImportError as problem: again = 'in use' in str(problem)",
        "try: f()\nexcept ImportError as problem: again = str(problem).startswith('x')",
        "def is_busy(error):\n    return 'in use' in str(error)",
        "def is_busy(refusal): return str(refusal).startswith('x')",
    ],
)
def test_a_decision_by_the_words_of_a_message_is_found(line):
    lines = line.splitlines()
    violation = only(decisions_by_text(module("imports/analysis/findings.py", *lines)))

    assert violation.startswith(f"imports/analysis/findings.py:{len(lines)} decides by the words of a message")
    assert "Compare its code" in violation


@pytest.mark.parametrize(
    "line",
    [
        "if error.message.code == messages.NO_ROWS.code: pass",
        "if error_message == '': pass",
        "if found.code == 'ambiguous_date_order': pass",
        "if name.startswith('_'): pass",
        "texts = [str(warning) for warning in record.warnings]",
        "if str(number) == '1': pass",
    ],
)
def test_a_decision_by_a_code_is_allowed(line):
    assert list(decisions_by_text(module("imports/analysis/findings.py", line))) == []


def test_a_row_of_the_table_without_its_package_is_found():
    without = [one for one in MODULES if not below(one.name, ("lineage.graph",))]

    assert only(rows_of_nothing(without)).startswith(f"ARROWS in {HERE} has a row lineage.graph, and there is no such")
