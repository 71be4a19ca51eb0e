"""What a mapping says of records that match: `on_match`, the older keys that say the same, and contradictions."""

import pytest

from imports.conversion.stored_plan import on_match_of
from imports.errors import InvalidMapping
from imports.mapping import parse_mapping
from imports.mapping.request import OnMatch

KEY = {"uniqueness_columns": ["id"]}
SAID = [
    ({}, OnMatch.SKIP, True),
    ({"check_duplicates": False}, OnMatch.INSERT, False),
    ({"duplicate_check": {"enabled": False}}, OnMatch.INSERT, False),
    ({"duplicate_check": {"allow_duplicates": True}}, OnMatch.INSERT, False),
    ({"duplicate_check": {"on_match": "insert"}}, OnMatch.INSERT, True),
    ({"duplicate_check": {"on_match": "insert", "enabled": False}}, OnMatch.INSERT, False),
    ({"duplicate_check": {"on_match": "skip"}}, OnMatch.SKIP, True),
    ({"duplicate_check": {"on_match": "update", **KEY}}, OnMatch.UPDATE, True),
    ({"duplicate_check": {"on_match": "fill"}, "unique_columns": ["id"]}, OnMatch.FILL, True),
]
CONTRADICTIONS = [
    {"check_duplicates": False, "duplicate_check": {"on_match": "skip"}},
    {"duplicate_check": {"enabled": False, "on_match": "update", **KEY}},
    {"duplicate_check": {"allow_duplicates": True, "on_match": "fill", **KEY}},
    {"duplicate_check": {"allow_duplicates": False, "on_match": "insert"}},
]


@pytest.mark.parametrize(("mapping", "on_match", "files"), SAID, ids=str)
def test_all_keys_together_say_what_happens_to_a_match(mapping, on_match, files):
    request = parse_mapping(mapping)

    assert (request.on_match, request.check_file_level) == (on_match, files)
    assert request.check_duplicates == (on_match != OnMatch.INSERT)


@pytest.mark.parametrize("mapping", CONTRADICTIONS, ids=str)
def test_keys_that_contradict_each_other_are_refused(mapping):
    with pytest.raises(InvalidMapping) as refused:
        parse_mapping(mapping)

    assert (refused.value.message.code, refused.value.http_status) == ("on_match_contradicted", 400)


@pytest.mark.parametrize("on_match", ["update", "fill"])
def test_rows_are_changed_only_by_a_key(on_match):
    with pytest.raises(InvalidMapping) as refused:
        parse_mapping({"duplicate_check": {"on_match": on_match}})

    assert str(refused.value) == (
        f"duplicate_check.on_match “{on_match}” needs unique_columns: the columns that identify a row. Set it."
    )


def test_an_unknown_value_names_the_known_ones():
    with pytest.raises(InvalidMapping) as refused:
        parse_mapping({"duplicate_check": {"on_match": "merge"}})

    assert refused.value.message.params["allowed"] == ["skip", "update", "fill", "insert"]


def test_plans_of_earlier_versions_say_whether_they_compare():
    assert on_match_of({"check_duplicates": True}) == OnMatch.SKIP
    assert on_match_of({"check_duplicates": False}) == OnMatch.INSERT
