"""The history, one import, its errors and its skipped rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from imports.models import ImportHistory, ImportStrategy, ImportTask, KeptRecord, MappingError
from lineage.undo import undo_import
from tests.importing import TESTER, import_text
from tests.pages.conftest import PEOPLE
from tests.pages.reading import links, table_rows, words

pytestmark = pytest.mark.usefixtures("in_this_process")

SAME_PEOPLE = "name,age,city\nGrace,85,New York\nAda,36,London\n"  # rows of PEOPLE


@pytest.fixture
def many(atlas_db):
    """Create 130 imports, an hour apart."""
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


def files(response):
    return [row[0] for row in table_rows(response)]


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
    response = imogen.get(f"/ui/imports?{query}")
    assert response.context["page"].paginator.count == found


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


def test_column_headers_sort_and_keep_the_filters(imogen, many):
    found = imogen.get("/ui/imports?table=sales&sort=file_name&page=2")
    assert '<th scope="col" aria-sort="ascending">' in found.content.decode()
    assert "?table=sales&sort=-file_name" in links(found)
    assert "?table=sales&sort=-rows_inserted" in links(found)
    assert "?table=sales&sort=file_name&page=1" in links(found)


def test_empty_fields_are_removed_from_the_address(imogen, many):
    found = imogen.get("/ui/imports?search=&table=sales&status=&since=")
    assert (found.status_code, found["Location"]) == (302, "/ui/imports?table=sales")
    assert imogen.get("/ui/imports?search=")["Location"] == "/ui/imports"


def test_queued_and_running_imports_have_different_statuses(imogen, failed):
    ImportHistory.objects.update(status="in_progress")
    assert "In progress" in table_rows(imogen.get("/ui/imports"))[0]
    task = ImportTask.objects.create(import_record=failed, actor={})
    assert "Queued" in table_rows(imogen.get("/ui/imports?status=waiting"))[0]
    ImportTask.objects.filter(pk=task.pk).update(started_at=timezone.now())
    assert files(imogen.get("/ui/imports?status=waiting")) == []
    assert "In progress" in table_rows(imogen.get("/ui/imports?status=in_progress"))[0]


def test_undone_imports_are_marked(imogen, many):
    assert '<tr class="undone">' in imogen.get("/ui/imports?search=file 7.csv").content.decode()


def test_users_without_an_email_are_shown_by_user_name(imogen, people, failed):
    ImportHistory.objects.update(user_email=None, user_id=str(people["imogen"].pk))
    assert "by imogen" in words(imogen.get(f"/ui/imports/{failed.pk}"))
    assert files(imogen.get("/ui/imports?user=imo")) == ["broken.xlsx"]
    assert files(imogen.get("/ui/imports?user=aud")) == []


def test_unknown_user_ids_are_shown_unchanged(imogen, failed):
    ImportHistory.objects.update(user_email=None, user_id="user123")
    assert "by user123" in words(imogen.get(f"/ui/imports/{failed.pk}"))


def test_page_links_keep_the_filters(imogen, many):
    assert "?table=sales&page=2" in links(imogen.get("/ui/imports?table=sales"))


def test_history_finds_an_import_by_its_id(imogen, many):
    assert files(imogen.get(f"/ui/imports?search={many[5].pk}")) == ["file 5.csv"]


def test_a_filter_without_matches_shows_a_message(imogen, many):
    assert "No matching imports" in words(imogen.get("/ui/imports?table=nowhere"))


def test_an_empty_history_links_to_the_upload(imogen):
    response = imogen.get("/ui/imports")
    assert "No imports yet" in words(response)
    assert "/ui/upload" in links(response)


def test_home_shows_recent_and_failed_imports(imogen, people_table, failed):
    text = words(imogen.get("/"))
    assert "2 rows into people" in text
    assert "The workbook is encrypted. Save it without a password." in text


def test_the_import_page_counts_rows_by_outcome(imogen, people_table):
    first, second = people_table
    response = imogen.get(f"/ui/imports/{second.pk}")
    text = words(response)
    assert "Result: 3 rows" in text
    assert "2 Imported 1 Duplicates 0 Rejected 0 Filtered" in text
    assert "1 error" in text
    assert "Please note age: 1 of 3 non-empty values cannot be read as whole numbers." in text
    assert f"Action {ImportStrategy.ADAPT_DATA.label}" in text
    assert f"/ui/imports/{second.pk}/skipped?outcome=duplicate" in links(response)
    assert f"/import-history/{second.pk}/source-file" in links(response)
    assert ["age", "age", "Whole number", "–"] in table_rows(response)


def test_the_source_file_is_downloaded_unchanged(imogen, upload_of, people_table):
    response = imogen.get(f"/import-history/{people_table[0].pk}/source-file")
    assert b"".join(response.streaming_content) == PEOPLE.encode()


def test_the_mapping_names_types_and_formats(imogen, ragged):
    rows = table_rows(imogen.get(f"/ui/imports/{ragged.pk}"))
    assert ["Day", "day new", "Date", "day/month/year"] in rows
    assert ["Amount", "amount new", "Decimal number", "decimal separator: comma; thousands separator: dot"] in rows


def test_a_failed_import_shows_the_reason(imogen, failed):
    text = words(imogen.get(f"/ui/imports/{failed.pk}"))
    assert "Nothing was imported. The workbook is encrypted. Save it without a password." in text
    assert "Undo" not in text


def test_a_running_import_offers_to_refresh(imogen, failed):
    ImportHistory.objects.update(status="in_progress", error_message=None)
    text = words(imogen.get(f"/ui/imports/{failed.pk}"))
    assert "In progress." in text
    assert "Undo" not in text


def test_a_mapping_written_by_other_code_is_shown(imogen, failed):
    ImportHistory.objects.update(mapping_config={"mappings": {"age": "Age"}, "db_schema": {"age": "INTEGER"}})
    assert table_rows(imogen.get(f"/ui/imports/{failed.pk}")) == [["Age", "age", "Whole number", "–"]]


def test_errors_show_position_value_and_reason(imogen, people_table):
    response = imogen.get(f"/ui/imports/{people_table[1].pk}/errors")
    whole = "Show row 3 name Alan age empty city London View row in table"
    expected = "Expected: A whole number of at most 2,147,483,647, such as 1234"
    group, error = table_rows(response)
    assert group[:4] == ["age", f"Value … is not a valid integer {expected}", "1", "old"]
    assert error == ["3", "line 4", "age", "age", "old", f"Value 'old' is not a valid integer {expected}", whole]


def test_failed_rows_can_be_downloaded(imogen, people_table):
    found = people_table[1].pk
    assert f"/import-history/{found}/failed-rows.csv" in links(imogen.get(f"/ui/imports/{found}/errors"))
    rows = imogen.get(f"/import-history/{found}/failed-rows.csv").getvalue().decode().splitlines()
    assert "3,line 4,type_mismatch,\"age: Value 'old' is not a valid integer. Expected: A whole number" in rows[1]
    assert rows[1].endswith(f",{found}")


def test_errors_of_an_entire_row(imogen, ragged):
    row = table_rows(imogen.get(f"/ui/imports/{ragged.pk}/errors"))[-1]
    assert row[:4] == ["4", "line 5", "Entire row", "–"]
    assert row[-1] == ("Show row 4 Day 28/11/2025 Amount 5,00 (extra column) more Skipped row")


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
    text = words(imogen.get(address))
    assert "1–50 of 120" in text
    assert "Invalid value (60)" in text
    assert imogen.get(f"{address}?error_type=type_mismatch").context["page"].paginator.count == 60
    assert imogen.get(f"{address}?source_field=day&error_type=type_mismatch").context["page"].paginator.count == 0


def test_an_import_without_errors_shows_a_message(imogen, people_table):
    assert "No errors in this import" in words(imogen.get(f"/ui/imports/{people_table[0].pk}/errors"))


def test_a_duplicate_by_a_key_shows_what_differs(imogen, tmp_path):
    import_text(tmp_path, "a.csv", "k,v,w\n1,a,x\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "k,v,w\n1,,x\n", table_name="t", unique_columns=["k"])

    text = words(imogen.get(f"/ui/imports/{second.pk}/skipped"))

    assert "An existing row has the same key (k). v: empty here, a in the table View existing row" in text
    assert text.endswith("1 empty in the table a x 1–1 of 1 Trace every row to its source. API")  # beside each other


def test_duplicates_link_to_the_import_of_the_existing_row(imogen, people_table):
    response = imogen.get(f"/ui/imports/{people_table[1].pk}/skipped?outcome=duplicate")
    assert table_rows(response)[0][4:] == ["Ada", "36", "London"]
    assert f"/ui/imports/{people_table[0].pk}" in links(response)


def test_rejected_rows_are_shown_in_full(imogen, ragged):
    response = imogen.get(f"/ui/imports/{ragged.pk}/skipped?outcome=rejected")
    assert table_rows(response)[0][4:] == ["28/11/2025", "5,00", "more"]
    assert "Extra column" in words(response)


def test_invalid_bytes_are_shown_as_replacement_characters(imogen, tmp_path):
    content = b"a,b\n1,x\n2,\xff\n"
    found = import_text(tmp_path, "a.csv", content, source_options={"encoding": "utf-8"}, on_error="reject_row")
    assert table_rows(imogen.get(f"/ui/imports/{found.pk}/skipped?outcome=rejected"))[0][4:] == ["2", "\ufffd"]


def test_content_of_a_file_is_never_markup(imogen, failed):
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


def test_an_import_with_errors_is_not_shown_as_a_plain_success(imogen, people_table):
    address = f"/ui/imports/{people_table[1].pk}"

    assert "Imported with 1 error" in words(imogen.get(address))
    assert 'class="status status-with_errors"' in imogen.get(address).content.decode()
    assert "1 error" in words(imogen.get("/"))


def test_an_import_without_a_new_row_says_why(imogen, people_table, tmp_path):
    again = import_text(tmp_path, "again.csv", SAME_PEOPLE, table_name="people")
    empty = import_text(tmp_path, "empty.csv", "name,age,city\n", table_name="people")

    assert "Nothing new: 2 duplicates" in words(imogen.get(f"/ui/imports/{again.pk}"))
    assert "Nothing new: no rows in the file" in words(imogen.get(f"/ui/imports/{empty.pk}"))


def test_the_tile_of_imports_leads_to_a_list_of_as_many(imogen, people_table, tmp_path):
    undone = import_text(tmp_path, "undone.csv", "a\n1\n")
    undo_import(undone.pk, TESTER)
    home = imogen.get("/")
    tile = home.context["tiles"][0]

    assert tile.daily.total == 2
    assert imogen.get(tile.url).context["page"].paginator.count == 2


@pytest.mark.parametrize(
    ("status", "files"),
    [
        ("success", {"people.csv", "more people.csv", "again.csv"}),
        ("with_errors", {"more people.csv"}),
        ("nothing_new", {"again.csv"}),
        ("failed", {"broken.xlsx"}),
        ("cancelled", {"stopped.csv"}),
    ],
)
def test_the_history_is_filtered_by_outcome(imogen, people_table, failed, tmp_path, status, files):
    import_text(tmp_path, "again.csv", SAME_PEOPLE, table_name="people")
    ImportHistory.objects.create(
        source_type="local_upload", file_name="stopped.csv", table_name="t", status="failed",
        metadata={"error": {"code": "cancelled"}},
    )  # fmt: skip

    shown = imogen.get(f"/ui/imports?status={status}").context["page"]

    assert {record.file_name for record in shown} == files
