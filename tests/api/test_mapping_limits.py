"""How much a mapping may hold: bytes, keys and strings, rules, levels. What is more is a 400 that says the limit."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from imports.errors import InvalidMapping
from imports.mapping import parse_mapping
from imports.mapping.request import parse_stored
from imports.mapping.wording import rules_in_words

TRIM = {"type": "trim", "field": "a"}
MERGE = {"type": "merge", "target": "b"}
FILTER = {"field": "a", "operator": "is_not_null"}
DATE = {"field": "a", "source_format": "%Y-%m-%d"}
RULES = {"transformations": [TRIM] * 100, "filter_rows": [FILTER] * 60, "datetime_transformations": [DATE] * 40}


def refused(mapping):
    with pytest.raises(InvalidMapping) as raised:
        parse_mapping(mapping)
    return raised.value.message


def test_rules_are_limited_all_kinds_together(settings):
    assert len(parse_mapping({"rules": RULES}).transformations) == 100
    one_more = {"rules": RULES | {"filter_rows": [FILTER] * 61}}

    for mapping in (one_more, json.dumps(one_more), {"rules": json.dumps(one_more["rules"])}):
        message = refused(mapping)
        assert (message.code, message.params) == ("too_many_rules", {"rules": 201, "limit": 200})
        assert str(message) == "The mapping has 201 rules. The limit is 200. Leave some out, or combine them."
    settings.ATLAS_MAX_RULES = 201
    parse_mapping(one_more)


def test_bytes_are_limited_before_anything_is_done_with_them(settings):
    settings.ATLAS_MAX_MAPPING_BYTES = 1_000
    text = json.dumps({"source_options": {"sheet": "x" * 1_000}})

    for mapping in (text, text.encode(), "ä" * 501, json.loads(text), {"source_options": f'"{"x" * 1_000}"'}):
        message = refused(mapping)
        assert message.code == "mapping_too_long"
        assert message.params["limit"] == 1_000 < message.params["bytes"]


def test_keys_and_strings_are_limited():
    values = ["x"] * 19_996
    mapping = {"rules": {"filter_rows": [{"field": "a", "operator": "in", "value": values}]}}
    message = refused(mapping)

    assert (message.code, message.params) == ("too_many_names", {"names": 20_003, "limit": 20_000})
    values[:] = values[:-3]
    parse_mapping(mapping)


@pytest.mark.parametrize("name", ["x" * 301, "\u0345\u0334" * 100_000], ids=["letters", "marks"])
@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        (lambda name: {"table_name": name}, "table_name"),
        (lambda name: {"mappings": {f"a{name}": "a"}}, "mappings"),
        (lambda name: {"mappings": {"a": name}}, "mappings.a"),
        (lambda name: {"db_schema": {f"a{name}": "TEXT"}}, "db_schema"),
        (lambda name: {"unique_columns": ["a", name]}, "unique_columns"),
        (lambda name: {"duplicate_check": {"uniqueness_columns": [name]}}, "duplicate_check.uniqueness_columns"),
        (lambda name: {"rules": {"transformations": [TRIM | {"field": name}]}}, "transformations[0].field"),
        (
            lambda name: {"rules": {"transformations": [TRIM, MERGE | {"fields": ["a", name]}]}},
            "transformations[1].fields",
        ),
        (
            lambda name: {"rules": {"transformations": [{"type": "constant", "value": "1", "target": name}]}},
            "transformations[0].target",
        ),
        (lambda name: {"rules": {"filter_rows": [FILTER | {"field": name}]}}, "filter_rows[0].field"),
        (
            lambda name: {"rules": {"datetime_transformations": [DATE | {"field": name}]}},
            "datetime_transformations[0].field",
        ),
    ],
)  # fmt: skip
def test_a_name_that_nothing_is_called_by_is_refused(name, mapping, key):
    message = refused(mapping(name))

    assert message.code == "name_too_long"
    assert message.params["key"] == key
    assert message.params["length"] in (len(name), len(name) + 1)
    assert len(str(message)) < 300


@pytest.mark.parametrize("levels", [60, 900, 100_000])
def test_levels_are_limited(levels):
    for mapping in ('{"rules":' * levels + "1" + "}" * levels, f'{{"rules":{"[" * levels}{"]" * levels}}}'):
        assert refused(mapping).code == "json_not_readable"


def test_what_an_import_stored_is_read_whatever_it_holds():
    long = "x" * 900
    rules = {"transformations": [TRIM | {"field": long}] * 300, "filter_rows": [FILTER | {"field": long}]}

    assert len(parse_stored({"rules": rules}).transformations) == 300
    assert len(rules_in_words({"rules": rules})) == 301


@pytest.mark.parametrize("address", ["/map-data", "/detect-mapping", "/map-data?background=true"])
def test_a_mapping_over_a_limit_is_a_400_at_every_address(importer, address):
    rules = {"rules": {"transformations": [TRIM] * 201}}
    long = json.dumps({"source_options": {"null_tokens": ["x" * 4_000_000]}})

    said = importer.upload("a.csv", "a\n1\n", rules, address).json()["error"]
    as_file = importer.post(address, {"file": file("a\n1\n"), "mapping_json": file(long)}).json()["error"]

    assert (said["code"], said["details"]["reason"]) == ("invalid_mapping", "too_many_rules")
    assert said["details"]["params"] == {"rules": 201, "limit": 200}
    assert (as_file["code"], as_file["details"]["reason"]) == ("invalid_mapping", "mapping_too_long")


def file(text):
    return SimpleUploadedFile("a.csv", text.encode())
