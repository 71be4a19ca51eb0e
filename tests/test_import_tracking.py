"""The specification's tests, under its names: import-tracking.md, *Test Coverage*."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from imports.history import get_import_history
from lineage.undo import undo_import
from tests.importing import TESTER, columns_of, import_text, query, rows_of

pytestmark = pytest.mark.usefixtures("atlas_db")

CUSTOMERS = "name,age\nAda,36\nAlan,41\n"


class TestMetadataColumns:
    def test_metadata_columns_created(self, tmp_path):
        import_text(tmp_path, "customers.csv", CUSTOMERS)

        assert columns_of("customers") == {
            "id": "bigint",
            "name": "text",
            "age": "integer",
            "_import_id": "uuid",
            "_imported_at": "timestamp with time zone",
            "_source_row_number": "integer",
            "_corrections_applied": "jsonb",
        }
        assert query(
            "SELECT is_nullable, column_default FROM information_schema.columns"
            " WHERE table_name = 'customers' AND column_name IN ('_import_id', '_imported_at') ORDER BY column_name"
        ) == [("NO", None), ("YES", "now()")]
        assert query("SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_customers_import_id'") == [
            ("CREATE INDEX idx_customers_import_id ON public.customers USING btree (_import_id)",)
        ]

    def test_import_id_populated(self, tmp_path):
        found = import_text(tmp_path, "customers.csv", CUSTOMERS)

        assert [(row["name"], row["_import_id"], row["_source_row_number"]) for row in rows_of("customers")] == [
            ("Ada", found.import_id, 1),
            ("Alan", found.import_id, 2),
        ]
        assert all(row["_imported_at"] is not None for row in rows_of("customers"))


class TestCorrectionsTracking:
    def test_type_coercion_tracked(self, tmp_path):
        import_text(tmp_path, "people.csv", "age\n30.0\n", db_schema={"age": "INTEGER"})

        assert rows_of("people", "age _corrections_applied") == [
            {
                "age": 30,
                "_corrections_applied": {
                    "age": {
                        "before": "30.0",
                        "after": 30,
                        "correction_type": "type_coercion",
                        "target_type": "INTEGER",
                    }
                },
            }
        ]

    def test_datetime_conversion_tracked(self, tmp_path):
        import_text(tmp_path, "events.csv", "event_date\n10/09/2025 8:11 PM\n")

        (row,) = rows_of("events")
        assert row["event_date"].isoformat() == "2025-10-09T20:11:00"
        assert row["_corrections_applied"] == {
            "event_date": {
                "before": "10/09/2025 8:11 PM",
                "after": "2025-10-09T20:11:00",
                "correction_type": "datetime_standardization",
                "source_format": "%m/%d/%Y %I:%M %p",
            }
        }

    def test_no_corrections_is_null(self, tmp_path):
        import_text(tmp_path, "customers.csv", CUSTOMERS)

        assert query("SELECT count(*) FROM customers WHERE _corrections_applied IS NULL") == [(2,)]


class TestCascadingDelete:
    def test_data_deleted_when_import_removed(self, tmp_path):
        gone = import_text(tmp_path, "a.csv", CUSTOMERS, table_name="customers")
        import_text(tmp_path, "b.csv", "name,age\nGrace,85\n", table_name="customers")

        query("DELETE FROM import_history WHERE import_id = %s RETURNING 1", gone.import_id)

        assert [row["name"] for row in rows_of("customers")] == ["Grace"]


class TestMultipleImports:
    def test_imports_tracked_separately(self, tmp_path):
        first = import_text(tmp_path, "a.csv", CUSTOMERS, table_name="customers")
        second = import_text(tmp_path, "b.csv", "name,age\nGrace,85\n", table_name="customers")

        assert query("SELECT _import_id, count(*) FROM customers GROUP BY 1 ORDER BY 2") == [
            (second.import_id, 1),
            (first.import_id, 2),
        ]

    def test_selective_undo(self, tmp_path):
        a = "".join(f"a{number},{number}\n" for number in range(100))
        b = "".join(f"b{number},{number}\n" for number in range(50))
        first = import_text(tmp_path, "a.csv", "name,age\n" + a, table_name="customers")
        second = import_text(tmp_path, "b.csv", "name,age\n" + b, table_name="customers")

        report = undo_import(first.import_id, TESTER, "wrong file")

        assert report.rows_removed == 100
        assert query("SELECT _import_id, count(*) FROM customers GROUP BY 1") == [(second.import_id, 50)]
        (record,) = get_import_history(import_id=first.import_id)
        assert (record["status"], record["undone_by"], record["undo_reason"]) == ("success", "tester", "wrong file")
        assert record["undone_at"] is not None


class TestImportLineage:
    def test_all_imports_for_table(self, tmp_path):
        import_text(tmp_path, "a.csv", CUSTOMERS, table_name="customers")
        import_text(tmp_path, "b.csv", "name,age\nGrace,85\n", table_name="customers")

        found = get_import_history(table_name="customers")

        assert [(one["file_name"], one["rows_inserted"]) for one in found] == [("b.csv", 1), ("a.csv", 2)]


def test_metadata_hidden(tmp_path):
    import_text(tmp_path, "customers.csv", CUSTOMERS)
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))

    answer = json.loads(client.get("/tables/customers", HTTP_ACCEPT="application/json").content)

    assert "_import_id" not in json.dumps(answer)
