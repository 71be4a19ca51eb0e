"""Messages are data: every sentence gets its parameters, and nothing decides by the English."""

import ast
from pathlib import Path

import pytest

from core import messages
from core.messages import SENTENCES
from imports.analysis.analyse import analyse
from imports.history.error_groups import ErrorGroups
from imports.mapping import parse_mapping
from imports.sources.messages import FILE_TOO_LARGE
from imports.sources.upload import from_disk
from tests.importing import import_text, rows_of

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    path for app in ("core", "audit", "access", "imports", "lineage", "atlas") for path in (ROOT / app).rglob("*.py")
)
BY_NAME = {code.upper(): sentence for code, sentence in SENTENCES.items()}
ADDED_LATER = {"value"}  # where errors of many values are counted


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_message_has_the_parameters_of_its_sentence(path):
    missing = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.isupper()):
            continue
        sentence = BY_NAME.get(node.func.attr)
        given = {keyword.arg for keyword in node.keywords}
        if sentence and None not in given:
            missing += [(node.lineno, name) for name in sentence.parameters - given - ADDED_LATER]

    assert missing == []


def looked_at(folder, name, text):
    path = folder / name
    path.write_text(text)
    with from_disk(path) as source:
        return analyse(source, parse_mapping({}))


def test_a_date_order_is_remembered_by_the_code_of_its_warning(atlas_db, tmp_path, codes_only):
    ambiguous = import_text(tmp_path, "a.csv", "day,n\n01/02/2024,1\n03/04/2024,2\n", table_name="a")
    clear = import_text(tmp_path, "b.csv", "at,n\n25/02/2024,1\n03/04/2024,2\n", table_name="b")

    assert (ambiguous.warnings, clear.warnings) == (["ambiguous_date_order"], [])
    assert looked_at(tmp_path, "a2.csv", "day,n\n05/06/2024,1\n")["columns"][0]["reasons"] == []
    (reason,) = looked_at(tmp_path, "b2.csv", "at,n\n05/06/2024,1\n")["columns"][0]["reasons"]
    assert (reason["code"], reason["value"]) == ("earlier_date_order", "DMY")


def test_errors_are_grouped_by_code_and_parameters(atlas_db, tmp_path, codes_only):
    record = import_text(
        tmp_path, "t.csv", "age,n\nx,1\nold,a\n99999999999,1\n7\n", db_schema={"age": "INTEGER", "n": "INTEGER"}
    )

    groups = ErrorGroups(record)[0:10]

    assert [(one["error_type"], one["source_field"], one["count"]) for one in groups] == [
        ("type_mismatch", "age", 2), ("type_mismatch", "n", 1), ("number_overflow", "age", 1),
        ("too_few_fields", "*", 1),
    ]  # fmt: skip
    assert len(rows_of("t")) == 4


def test_two_sentences_cannot_have_one_code():
    code = next(iter(SENTENCES))

    with pytest.raises(ValueError, match=code):
        messages.Sentence(code, "Another.")


@pytest.mark.parametrize(
    ("limit_mb", "text"),
    [(2147.48, "2147.48 MB"), (1, "1 MB"), (0.25, "250 kB"), (0.00012, "120 bytes"), (1e-6, "1 byte")],
)
def test_limits_are_shown_in_a_unit_that_can_be_read(limit_mb, text):
    assert f"The limit is {text}." in str(FILE_TOO_LARGE(limit_mb=limit_mb))
