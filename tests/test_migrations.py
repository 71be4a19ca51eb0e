"""Migrations stay as they were written: they use no code of the application that later changes could break."""

import ast
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = sorted(path.relative_to(ROOT) for path in ROOT.glob("*/migrations/*.py"))
OURS = ("atlas", "audit", "core", "imports", "lineage")


@pytest.mark.parametrize("path", MIGRATIONS, ids=str)
def test_a_migration_uses_only_frozen_code(path):
    imported = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)

    ours = {name for name in imported if name.split(".")[0] in OURS}

    assert ours <= {"imports.migrations._frozen"}


@pytest.mark.django_db
def test_the_models_need_no_further_migration(capsys):
    call_command("makemigrations", "--check", "--dry-run")

    assert capsys.readouterr().out == "No changes detected\n"
