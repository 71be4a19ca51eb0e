"""The key that a preview proposes: by the table's earlier imports, or by names and values of the whole file."""

from collections import deque
from contextlib import closing

import pytest

from imports.analysis import key_proposal
from imports.extraction.extraction import Extraction
from imports.mapping import MappingRequest
from imports.planning.header_words import may_number_lines, names_a_key
from imports.sources.upload import from_disk
from tests.importing import import_text
from tests.imports.test_analysis_dry_run import looked_at


@pytest.mark.parametrize(
    ("header", "rank"),
    [
        ("id", 0), ("ID", 0), ("key", 0), ("customer_id", 1), ("customerId", 1), ("Kunden-ID", 1), ("e-mail", 2),
        ("SKU", 2), ("ISBN", 2), ("order number", 2), ("Kundennummer", 2), ("Artikelnr.", 2), ("postcode", None),
        ("valid", None), ("keyboard", None), ("amount", None), ("number of rooms", None), ("zip code", None),
        ("Phone Number", None), ("", None),
    ],
)  # fmt: skip
def test_headers_that_name_a_key(header, rank):
    assert names_a_key(header) == rank


def test_headers_that_may_number_the_lines():
    numbers = ["#", "No.", "row", "order number", "id", "customer no"]

    assert [may_number_lines(header) for header in numbers] == [True, True, True, False, False, False]


def proposal_of(folder, text, **options):
    """What the preview of a new table proposes, without a database."""
    (folder / "f.csv").write_text(text)
    with from_disk(folder / "f.csv") as source, closing(Extraction(source, MappingRequest(), **options)) as extraction:
        deque(extraction.read(), maxlen=0)
        plan = extraction.plan(MappingRequest(), table_name="f", table=None)
        candidates = key_proposal.KeyCandidates(plan)
        deque(candidates.put_to(batch.typed for batch in extraction.typed(MappingRequest(), plan)), maxlen=0)
    return candidates.proposal()


UNIQUE = "67ae7c1a-{:04d}-4d15-8b0b-1c2d3e4f5a6b"
CASES = {
    "the surest name": ("email,customer_id\na@x,7\nb@x,5\nc@x,9\n", ["customer_id"], "unique_and_named"),
    "not unique": ("customer_id,email\n7,a@x\n7,b@x\n9,c@x\n", ["email"], "unique_and_named"),
    "an empty one": ("customer_id,sku\n7,a\n,b\n9,c\n", ["sku"], "unique_and_named"),
    "lines are numbered": ("no,price\n1,5\n2,6\n3,7\n", None, None),
    "not lines": ("no,price\n1,5\n2,6\n5,7\n", ["no"], "unique_and_named"),
    "two together": ("order_id,sku,n\n1,a,1\n1,b,1\n2,a,1\n", ["order_id", "sku"], "unique_together"),
    "by its values": (f"x,y\n{UNIQUE.format(1)},1\n{UNIQUE.format(2)},1\n", ["x"], "unique_ids"),
    "no name says so": ("name,price\na,1\nb,2\nc,3\n", None, None),
    "a single row": ("id,n\n1,2\n", None, None),
    "amounts": ("id,n\n1,2\n1.0,2\n", None, None),
    "another type": ("code,n\n2024-01-01,2\n2024-01-02,2\n", None, None),
}


@pytest.mark.parametrize("case", CASES)
def test_a_key_is_proposed_where_names_and_values_tell(tmp_path, case):
    text, columns, code = CASES[case]

    found = proposal_of(tmp_path, text)

    assert (found and (list(found.columns), found.reason.code)) == (columns and (columns, code))


@pytest.mark.usefixtures("atlas_db")
def test_the_proposal_says_why_and_changes_nothing_that_an_import_would_do(tmp_path):
    found = looked_at(tmp_path, "f.csv", "id,n\n1,2\n2,3\n")

    why = "All 2 rows have a value of their own in “id”, and columns of this name usually identify a row."
    assert (found["key_proposal"]["columns"], found["key_proposal"]["reason"]) == (["source_id"], why)
    assert found["mapping"]["unique_columns"] == []
    assert [column["key"] for column in found["columns"]] == [False, False]


@pytest.mark.usefixtures("atlas_db")
def test_the_key_of_the_table_is_used_for_another_kind_of_file(tmp_path):
    import_text(tmp_path, "f.csv", "email,id,n\na@x,1,2\n", unique_columns=["id"])

    found = looked_at(tmp_path, "f.csv", "id,n,email\n1,5,a@x\n2,5,b@x\n")

    assert found["remembered"] is None
    assert found["key_proposal"]["columns"] == ["source_id"]
    assert found["key_proposal"]["reason"] == "Earlier imports into “f” use this key."
    assert found["mapping"]["unique_columns"] == ["source_id"]
    assert found["forecast"]["duplicates"] == 1


@pytest.mark.usefixtures("atlas_db")
def test_the_key_of_the_table_is_only_proposed_where_the_user_chose(tmp_path):
    import_text(tmp_path, "f.csv", "id,n\n1,2\n", unique_columns=["id"])

    found = looked_at(tmp_path, "f.csv", "id,n\n1,5\n2,5\n", table_name="f", unique_columns=["n"])

    assert found["key_proposal"]["columns"] == ["source_id"]
    assert found["mapping"]["unique_columns"] == ["n"]


@pytest.mark.usefixtures("atlas_db")
def test_a_key_that_the_file_lacks_is_not_proposed(tmp_path):
    import_text(tmp_path, "f.csv", "id,n\n1,2\n", unique_columns=["id"])

    found = looked_at(tmp_path, "f.csv", "n,x\n1,5\n2,5\n")

    assert (found["key_proposal"], found["mapping"]["unique_columns"]) == (None, [])


def test_of_many_values_the_first_are_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(key_proposal, "MAX_BYTES", 800)
    text = "id\n" + "".join(f"{number}\n" for number in range(1000, 0, -1))

    reason = proposal_of(tmp_path, text, batch_rows=150).reason

    assert reason.params == {"column": "id", "rows": 300, "rows_are": "first"}
