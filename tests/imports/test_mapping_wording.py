"""What the pages say of a mapping's rules."""

import pytest

from imports.mapping.wording import rules_in_words

TRANSFORMATIONS = [
    ({"type": "uppercase", "field": "name"}, "“name” is put in upper case."),
    ({"type": "lowercase", "field": "name"}, "“name” is put in lower case."),
    ({"type": "trim", "field": "name"}, "Spaces around “name” are taken away."),
    ({"type": "regex_replace", "field": "name", "pattern": "a+", "replacement": ""},
     'In “name”, what matches "a+" becomes "".'),
    ({"type": "split", "field": "name", "separator": " ", "targets": ["first", "last"]},
     '“name” is split at " " into “first”, “last”.'),
    ({"type": "merge", "fields": ["first", "last"], "separator": " ", "target": "name"},
     '“first”, “last” become “name”, with " " between them.'),
    ({"type": "coalesce", "fields": ["a", "b"], "target": "c"}, "“c” is the first of “a”, “b” that has a value."),
    ({"type": "constant", "target": "source", "value": "web"}, '“source” is "web" in every row.'),
]  # fmt: skip
OTHERS = [
    ({"rules": {"filter_rows": [{"field": "country", "operator": "not_in", "value": ["DE", "FR"]}]}},
     ['Only records with “country” not in ["DE", "FR"] go in.']),
    ({"rules": {"filter_rows": [{"field": "not_in", "operator": "is_not_null"}]}},
     ["Only records with “not_in” is not null go in."]),
    ({"rules": {"datetime_transformations": [{"field": "day", "source_format": "%Y%m%d"}]}},
     ['“day” is read by the format "%Y%m%d".']),
    ({"max_errors": 1200}, ["More than 1,200 errors stop the import."]),
    ({"max_errors": {"share": 0.005, "minimum": 20}},
     ["Errors in more than 0.5% of the records, and more than 20, stop the import."]),
    ({"rules": {}}, []),
    (None, []),
    ({"rules": "somebody's own", "max_errors": "many"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "said"), TRANSFORMATIONS, ids=[rule["type"] for rule, _ in TRANSFORMATIONS])
def test_a_transformation_is_a_sentence(rule, said):
    assert rules_in_words({"rules": {"transformations": [rule]}}) == [said]


@pytest.mark.parametrize(("config", "said"), OTHERS)
def test_other_rules_are_sentences_and_what_is_none_is_passed_over(config, said):
    assert rules_in_words(config) == said
