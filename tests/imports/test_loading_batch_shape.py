"""A batch that is not what its plan says is not loaded."""

from dataclasses import replace

import pyarrow as pa
import pytest

from core.errors import ServiceError
from imports.extraction.extraction import Extraction
from imports.models import ImportHistory
from tests.importing import import_text, query

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


@pytest.mark.parametrize(
    "change",
    [
        lambda batch: replace(batch, columns=batch.columns[:1]),
        lambda batch: replace(batch, columns=[batch.columns[1], batch.columns[0]]),
        lambda batch: replace(batch, columns=[batch.columns[0], batch.columns[1][:1]]),
        lambda batch: replace(batch, corrections=pa.nulls(5, pa.string())),
        lambda batch: replace(batch, record_numbers=pa.array([1], pa.int32())),
    ],
)
def test_a_batch_of_another_shape_is_a_fault_of_the_service(tmp_path, monkeypatch, change):
    typed = Extraction.typed

    def changed(self, *arguments):
        for batch in typed(self, *arguments):
            yield replace(batch, typed=change(batch.typed))

    monkeypatch.setattr(Extraction, "typed", changed)
    with pytest.raises(ServiceError):
        import_text(tmp_path, "t.csv", "a,b\n1,x\n2,y\n", table_name="t")

    assert ImportHistory.objects.get().error_code == "service_error"
    assert query("SELECT to_regclass('t')") == [(None,)]


def test_a_plan_for_another_table_is_a_fault_of_the_service(tmp_path, monkeypatch):
    plan = Extraction.plan
    monkeypatch.setattr(Extraction, "plan", lambda *some, **named: replace(plan(*some, **named), table_name="other"))
    with pytest.raises(ServiceError):
        import_text(tmp_path, "t.csv", "a,b\n1,x\n", table_name="t")

    assert query("SELECT to_regclass('other')") == [(None,)]
