"""The history, one import, its errors and its kept records."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from imports.models import ImportHistory, ImportTask, KeptRecord, MappingError
from tests.importing import import_text
from tests.pages.reading import links, table_rows, words


@pytest.fixture
def many(atlas_db):
    """130 imports, an hour apart, the newest first in the list."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return ImportHistory.objects.bulk_create(
        ImportHistory(
            source_type="local_upload",
            file_name=f"file {number}.csv",
            table_name="sales" if number % 2 else "stock",
            status="failed" if number % 10 == 0 else "success",
            user_email="imogen@example.com" if number % 3 else "otto@example.com",
            file_hash=f"{number:064x}",
            import_timestamp=start + timedelta(hours=number),
            undone_at=timezone.now() if number == 7 else None,
            total_rows_in_file=1000,
            rows_inserted=1000,
            rows_skipped=0,
            duplicates_found=0,
            rows_rejected=0,
            rows_filtered=0,
        )
        for number in range(130)
    )


def files(answer):
    return [row[0] for row in table_rows(answer)]


def test_history_is_paged_newest_first(imogen, many):
    first, last = imogen.get("/ui/imports"), imogen.get("/ui/imports?page=3")
    assert files(first)[:2] == ["file 129.csv", "file 128.csv"]
    assert "1–50 of 130" in words(first)
    assert files(last)[-1] == "file 0.csv"
    assert "101–130 of 130" in words(last)
    assert "?page=2" in links(first)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=failed", 13),
        ("status=undone", 1),
        ("status=success", 116),
        ("table=sales", 65),
        ("user=otto", 44),
        ("search=file 12", 11),
        (f"search={7:064x}", 1),
        (f"search={7:064x}"[:70], 16),
        ("source=local_upload", 130),
        ("source=b2_storage", 0),
        ("status=waiting", 0),
        ("source=nonsense", 130),
        ("sort=nonsense", 130),
        ("since=2026-03-06", 10),
        ("until=2026-03-01", 24),
        ("since=2026-03-02&until=2026-03-02", 24),
        ("table=sales&status=failed", 0),
        ("since=nonsense", 130),
        ("until=9999-12-31", 130),
        ("status=nonsense", 130),
        ("page=nonsense", 130),
        ("page=99999", 130),
    ],
)
def test_history_filters(imogen, many, query, found):
    answer = imogen.get(f"/ui/imports?{query}")
    assert answer.context["page"].paginator.count == found


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("import_timestamp", ["file 0.csv", "file 1.csv"]),
        ("-import_timestamp", ["file 129.csv", "file 128.csv"]),
        ("file_name", ["file 0.csv", "file 1.csv"]),
        ("-file_name", ["file 99.csv", "file 98.csv"]),
        ("table_name", ["file 129.csv", "file 127.csv"]),
        ("-rows_inserted", ["file 4.csv", "file 129.csv"]),
        ("duration_seconds", ["file 9.csv", "file 129.csv"]),
    ],
)
def test_history_is_sorted(imogen, many, sort, first):
    ImportHistory.objects.filter(pk=many[4].pk).update(rows_inserted=2000, total_rows_in_file=2000)
    ImportHistory.objects.filter(pk=many[9].pk).update(duration_seconds=3)
    assert files(imogen.get(f"/ui/imports?sort={sort}"))[:2] == first


def test_the_head_of_a_column_sorts_and_keeps_the_filters(imogen, many):
    found = imogen.get("/ui/imports?table=sales&sort=file_name&page=2")
    assert '<th scope="col" aria-sort="ascending">' in found.content.decode()
    assert "?table=sales&sort=-file_name" in links(found)
    assert "?table=sales&sort=-rows_inserted" in links(found)
    assert "?table=sales&sort=file_name&page=1" in links(found)


def test_fields_that_were_left_empty_leave_the_address(imogen, many):
    found = imogen.get("/ui/imports?search=&table=sales&status=&since=")
    assert (found.status_code, found["Location"]) == (302, "/ui/imports?table=sales")
    assert imogen.get("/ui/imports?search=")["Location"] == "/ui/imports"


def test_what_waits_and_what_runs_are_told_apart(imogen, failed):
    ImportHistory.objects.update(status="in_progress")
    assert "Running" in table_rows(imogen.get("/ui/imports"))[0]
    task = ImportTask.objects.create(import_record=failed, actor={})
    assert "Queued" in table_rows(imogen.get("/ui/imports?status=waiting"))[0]
    ImportTask.objects.filter(pk=task.pk).update(started_at=timezone.now())
    assert files(imogen.get("/ui/imports?status=waiting")) == []
    assert "Running" in table_rows(imogen.get("/ui/imports?status=in_progress"))[0]


def test_undone_imports_are_marked(imogen, many):
    assert '<tr class="undone">' in imogen.get("/ui/imports?search=file 7.csv").content.decode()


def test_people_without_an_address_go_by_their_user_name(imogen, people, failed):
    ImportHistory.objects.update(user_email=None, user_id=str(people["imogen"].pk))
    assert "by imogen" in words(imogen.get(f"/ui/imports/{failed.pk}"))
    assert files(imogen.get("/ui/imports?user=imo")) == ["broken.xlsx"]
    assert files(imogen.get("/ui/imports?user=aud")) == []


def test_ids_of_somebody_elses_system_are_shown_as_they_are(imogen, failed):
    ImportHistory.objects.update(user_email=None, user_id="user123")
    assert "by user123" in words(imogen.get(f"/ui/imports/{failed.pk}"))


def test_filters_stay_while_paging(imogen, many):
    assert "?table=sales&page=2" in links(imogen.get("/ui/imports?table=sales"))


def test_history_finds_an_import_by_its_id(imogen, many):
    assert files(imogen.get(f"/ui/imports?search={many[5].pk}")) == ["file 5.csv"]


def test_a_filter_that_finds_nothing_says_so(imogen, many):
    assert "No import fits this filter" in words(imogen.get("/ui/imports?table=nowhere"))


def test_empty_history_tells_how_to_begin(imogen):
    answer = imogen.get("/ui/imports")
    assert "Nothing has come in yet" in words(answer)
    assert "/ui/upload" in links(answer)


def test_home_shows_what_came_and_what_failed(imogen, people_table, failed):
    said = words(imogen.get("/"))
    assert "2 rows into people" in said
    assert "The workbook is encrypted. Save it without a password." in said


def test_import_page_tells_where_every_record_went(imogen, people_table):
    first, second = people_table
    answer = imogen.get(f"/ui/imports/{second.pk}")
    said = words(answer)
    assert "Where the 3 records went" in said
    assert "2 Inserted 1 Duplicates 0 Rejected 0 Filtered" in said
    assert "1 error" in said
    assert "Worth knowing Column age: 1 of 3 values are no INTEGER, the column's type." in said
    assert "It fitted the values into the existing columns" in said
    assert f"/ui/imports/{second.pk}/skipped?fate=duplicate" in links(answer)
    assert f"/import-history/{second.pk}/source-file" in links(answer)
    assert ["age", "age", "INTEGER", "plain"] in table_rows(answer)


def test_source_file_comes_back_as_it_was(imogen, upload_of, people_table):
    answer = imogen.get(f"/import-history/{people_table[0].pk}/source-file")
    assert b"".join(answer.streaming_content) == b"name,age,city\nAda,36,London\nGrace,85,New York\nLinus,55,Helsinki\n"


def test_mapping_is_told_in_words(imogen, ragged):
    rows = table_rows(imogen.get(f"/ui/imports/{ragged.pk}"))
    assert ["Day", "day new", "DATE", "written as day/month/year"] in rows
    assert ["Amount", "amount new", "NUMERIC", "decimal comma; thousands separated by point"] in rows


def test_failed_import_says_why(imogen, failed):
    said = words(imogen.get(f"/ui/imports/{failed.pk}"))
    assert "Nothing was loaded. The workbook is encrypted. Save it without a password." in said
    assert "Undo…" not in said


def test_running_import_offers_to_look_again(imogen, failed):
    ImportHistory.objects.update(status="in_progress", error_message=None)
    said = words(imogen.get(f"/ui/imports/{failed.pk}"))
    assert "This import is running." in said
    assert "Undo…" not in said


def test_import_with_a_mapping_of_somebodys_own(imogen, failed):
    ImportHistory.objects.update(mapping_config={"mappings": {"age": "Age"}, "db_schema": {"age": "INTEGER"}})
    assert table_rows(imogen.get(f"/ui/imports/{failed.pk}")) == [["Age", "age", "INTEGER", "plain"]]


def test_errors_say_where_what_and_why(imogen, people_table):
    answer = imogen.get(f"/ui/imports/{people_table[1].pk}/errors")
    whole = "Show record 3 name Alan age none city London It is a row of the table"
    assert table_rows(answer) == [
        ["age", "Value … is not a valid integer Type mismatch", "1", "old"],
        ["3", "line 4", "age", "age", "old", "Value 'old' is not a valid integer Type mismatch", whole],
    ]


def test_failed_records_are_there_to_take_away(imogen, people_table):
    found = people_table[1].pk
    assert f"/import-history/{found}/failed-rows.csv" in links(imogen.get(f"/ui/imports/{found}/errors"))
    rows = imogen.get(f"/import-history/{found}/failed-rows.csv").getvalue().decode().splitlines()
    assert rows[1].endswith("3,line 4,type_mismatch,age: Value 'old' is not a valid integer")


def test_errors_of_a_whole_record(imogen, ragged):
    row = table_rows(imogen.get(f"/ui/imports/{ragged.pk}/errors"))[-1]
    assert row[:4] == ["4", "line 5", "the whole record", "–"]
    assert row[-1] == (
        "Show record 4 Day 28/11/2025 Amount 5,00 (beyond the header) more It was set aside, as it stands in the file."
    )


def test_errors_are_filtered_and_paged(imogen, failed):
    MappingError.objects.bulk_create(
        MappingError(
            import_record=failed,
            record_number=number,
            source_field="age" if number % 2 else "day",
            error_type="type_mismatch" if number % 2 else "datetime_conversion",
            error_message="No.",
        )
        for number in range(1, 121)
    )
    ImportHistory.objects.update(mapping_errors_count=120)
    address = f"/ui/imports/{failed.pk}/errors"
    said = words(imogen.get(address))
    assert "1–50 of 120" in said
    assert "Type mismatch (60)" in said
    assert imogen.get(f"{address}?error_type=type_mismatch").context["page"].paginator.count == 60
    assert imogen.get(f"{address}?source_field=day&error_type=type_mismatch").context["page"].paginator.count == 0


def test_no_errors_is_good_news(imogen, people_table):
    assert "Every value fitted" in words(imogen.get(f"/ui/imports/{people_table[0].pk}/errors"))


def test_duplicates_name_the_import_that_has_the_row(imogen, people_table):
    answer = imogen.get(f"/ui/imports/{people_table[1].pk}/skipped?fate=duplicate")
    assert table_rows(answer)[0][4:] == ["Ada", "36", "London"]
    assert f"/ui/imports/{people_table[0].pk}" in links(answer)


def test_rejected_records_are_shown_whole(imogen, ragged):
    answer = imogen.get(f"/ui/imports/{ragged.pk}/skipped?fate=rejected")
    assert table_rows(answer)[0][4:] == ["28/11/2025", "5,00", "more"]
    assert "Beyond the header" in words(answer)


def test_bytes_that_are_no_text_are_shown_as_such(imogen, tmp_path):
    found = import_text(tmp_path, "a.csv", b"a,b\n1,x\n2,\xff\n", source_options={"encoding": "utf-8"})
    assert table_rows(imogen.get(f"/ui/imports/{found.pk}/skipped?fate=rejected"))[0][4:] == ["2", "\ufffd"]


def test_what_stands_in_a_file_is_never_markup(imogen, failed):
    evil = "<script>alert(1)</script>"
    KeptRecord.objects.create(
        import_record=failed, record_number=1, fate="rejected", reason_code="x", reason=evil, location="line 2",
        original=f'["{evil}"]'.encode(),
    )  # fmt: skip
    ImportHistory.objects.update(file_name=evil, table_name=evil, error_message=evil, warnings=[evil])
    for address in ("/", "/ui/imports", f"/ui/imports/{failed.pk}", f"/ui/imports/{failed.pk}/skipped"):
        assert evil not in imogen.get(address).content.decode()


@pytest.mark.parametrize("page", ["", "/errors", "/skipped", "/undo"])
def test_unknown_imports_are_not_found(imogen, page):
    assert imogen.get(f"/ui/imports/00000000-0000-4000-8000-000000000000{page}").status_code == 404


def test_number_of_queries_does_not_grow_with_the_history(imogen, many, django_assert_num_queries):
    for address, queries in {"/": 8, "/ui/imports": 9}.items():
        with django_assert_num_queries(queries):
            imogen.get(address)
