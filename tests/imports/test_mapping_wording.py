"""What the pages say of a mapping's rules."""

import pytest

from imports.mapping.wording import notation, rules_in_words

TRANSFORMATIONS = [
    ({"type": "uppercase", "field": "name"}, "“name” is converted to upper case."),
    ({"type": "lowercase", "field": "name"}, "“name” is converted to lower case."),
    ({"type": "trim", "field": "name"}, "Spaces around “name” are removed."),
    ({"type": "regex_replace", "field": "name", "pattern": "a+", "replacement": ""},
     'In “name”, matches of "a+" are replaced with "".'),
    ({"type": "split", "field": "name", "separator": " ", "targets": ["first", "last"]},
     '“name” is split at " " into “first”, “last”.'),
    ({"type": "merge", "fields": ["first", "last"], "separator": " ", "target": "name"},
     '“first”, “last” are joined with " " into “name”.'),
    ({"type": "coalesce", "fields": ["a", "b"], "target": "c"},
     "“c” is the first value of “a”, “b” that is not empty."),
    ({"type": "constant", "target": "source", "value": "web"}, '“source” is "web" in every row.'),
]  # fmt: skip
OTHERS = [
    ({"rules": {"filter_rows": [{"field": "country", "operator": "not_in", "value": ["DE", "FR"]}]}},
     ['Only rows with “country” not in ["DE", "FR"] are imported.']),
    ({"rules": {"filter_rows": [{"field": "not_in", "operator": "is_not_null"}]}},
     ["Only rows with “not_in” is not null are imported."]),
    ({"rules": {"datetime_transformations": [{"field": "day", "source_format": "%Y%m%d"}]}},
     ['“day” is read with the format "%Y%m%d".']),
    ({"rules": {"datetime_transformations": [{"field": "at", "source_format": "epoch_s"}]}},
     ["“at” is read as seconds since 1970 (Unix time)."]),
    ({"max_errors": 1200}, ["The import stops at more than 1,200 errors."]),
    ({"max_errors": {"share": 0.005, "minimum": 20}},
     ["The import stops at more than 20 errors, if they exceed 0.5% of the rows."]),
    ({"rules": {}}, []),
    (None, []),
    ({"rules": "another program's", "max_errors": "many"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "said"), TRANSFORMATIONS, ids=[rule["type"] for rule, _ in TRANSFORMATIONS])
def test_a_transformation_is_a_sentence(rule, said):
    assert rules_in_words({"rules": {"transformations": [rule]}}) == [said]


@pytest.mark.parametrize(("config", "said"), OTHERS)
def test_other_rules_are_sentences_and_what_is_none_is_passed_over(config, said):
    assert rules_in_words(config) == said


def test_the_notation_of_a_column_names_all_its_formats_and_its_pivot():
    column = {"source_format": "%d/%m/%y", "other_formats": ["%d.%m.%y", "epoch_s"], "pivot_year": 7}

    assert list(notation(column)) == [
        "day/month/year (2 digits) or day.month.year (2 digits) or seconds since 1970 (Unix time)",
        "two-digit years from 07 on: 19..",
    ]
    assert list(notation({"source_format": "%d/%m/%Y"})) == ["day/month/year"]
