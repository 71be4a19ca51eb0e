"""What of a file is not read: in every answer, as a download, and where it is most of the file."""

import pytest

from imports.models import ImportHistory

REPORT = "Report of the office\n\nday,n\n2024-01-05,1\n2024-01-06,2\n\nSource: =the office\n"
PARTS = [
    {"kind": "title", "count": 1, "first_line": 1, "last_line": 2},
    {"kind": "footer", "count": 1, "first_line": 7, "last_line": 7},
]
NOT_READ = {"lines_read": 3, "lines": 2, "counts": {"title": 1, "footer": 1}, "parts": PARTS}

#: One record below a long preamble.
BURIED = "a note\nanother\na third\na fourth\n\nday,n,town\n2024-01-05,1,Ulm\n"


def test_every_answer_says_what_was_not_read(importer):
    proposal = importer.upload("report.csv", REPORT, address="/detect-mapping").json()
    answer = importer.upload("report.csv", REPORT).json()
    details = importer.get(f"/import-history/{answer['import_id']}").json()["import_record"]

    assert proposal["not_read"] == answer["not_read"] == details["not_read"] == NOT_READ


def test_lines_are_downloaded_with_their_numbers(importer, auditor):
    import_id = importer.upload("report.csv", REPORT).json()["import_id"]
    response = auditor.get(f"/import-history/{import_id}/not-read.csv")

    assert response.status_code == 200
    assert b"".join(response.streaming_content).decode() == (
        "kind,line,text\ntitle,1,Report of the office\nfooter,7,Source: =the office\n"
    )


def test_an_import_of_which_most_is_not_read_waits(importer):
    response = importer.upload("buried.csv", BURIED)
    error = response.json()["error"]

    assert (response.status_code, error["code"]) == (422, "mostly_not_read")
    assert error["details"]["source_options"] == {"header_row": 6}
    assert error["details"]["not_read"]["lines"] == 4
    assert ImportHistory.objects.get().status == "failed"


def test_the_proposed_mapping_imports_it(importer):
    proposal = importer.upload("buried.csv", BURIED, address="/detect-mapping").json()
    answer = importer.upload("buried.csv", BURIED, mapping=proposal["mapping"])

    assert "mostly_not_read" in [one["code"] for one in proposal["warning_details"]]
    assert answer.status_code == 200, answer.content
    assert answer.json()["rows_inserted"] == 1


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (BURIED, {"header_row": 6}),
        (BURIED, {"header_row": 0, "first_row": 7}),
        ("day,n\n2024-01-05,1\n\nid,town\n1,Ulm\n2,Bonn\n3,Kiel\n", {"last_row": 2}),
    ],
)
def test_options_that_say_where_the_rows_are_are_enough(importer, text, options):
    answer = importer.upload("t.csv", text, mapping={"source_options": options})

    assert answer.status_code == 200, answer.content


def test_an_option_for_the_lines_above_says_nothing_of_those_below(importer):
    text = "day,n\n2024-01-05,1\n2024-01-06,2\n\nid,town,x\n1,Ulm,2\n2,Bonn,2\n3,Kiel,2\n4,Jena,2\n"
    response = importer.upload("t.csv", text, mapping={"source_options": {"header_row": 1}})

    assert response.status_code == 422
    assert response.json()["error"]["details"]["source_options"] == {"header_row": 1, "last_row": 3}


def test_a_long_file_waits_too(importer, monkeypatch):
    monkeypatch.setattr("imports.loading.pipeline.STREAMING_THRESHOLD_BYTES", 10)
    response = importer.upload("buried.csv", BURIED)

    assert (response.status_code, response.json()["error"]["code"]) == (422, "mostly_not_read")
