"""Source files stay as long as an import or a preview needs them, and go when nothing does."""

import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import call_command

from imports.analysis.analyse import analysis_of, keep_analysis
from imports.errors import SourceUnavailable, UntrackedTable
from imports.history.unused_files import sweep_unused
from imports.jobs.queue import cancel, queue_import
from imports.mapping import parse_mapping
from imports.models import Analysis, ImportHistory
from imports.sources.kept_files import address_of, is_kept, keep, kept_files
from imports.sources.upload import from_disk
from tests.api.conftest import client_of
from tests.importing import TESTER, import_text, query

pytestmark = pytest.mark.usefixtures("atlas_db")

PEOPLE = "name,age\nAda,36\n"


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


def looked_at(path, *, hours_ago=0):
    with from_disk(path) as source:
        analysis = keep_analysis(source, parse_mapping({}), TESTER)
    query("UPDATE imports_analysis SET created_at = created_at - %s", timedelta(hours=hours_ago))
    return analysis


def queued(path, analysis=None, **mapping):
    with from_disk(path) as source:
        return queue_import(source, parse_mapping(mapping), TESTER, analysis_id=analysis and analysis.pk)


def grow_old(folder):
    for path in Path(folder).rglob("*"):
        os.utime(path, (time.time() - 7200,) * 2)


def test_the_file_of_a_cancelled_import_goes_with_it(people):
    first, second = queued(people), queued(people, table_name="other")
    sha256 = first.import_record.file_hash

    cancel(first.pk, TESTER)
    assert is_kept(sha256)
    cancel(second.pk, TESTER)
    assert not is_kept(sha256)


def test_a_preview_keeps_the_file_of_a_cancelled_import(people):
    analysis = looked_at(people)
    cancel(queued(people, analysis).pk, TESTER)

    assert is_kept(analysis.file_hash)


def test_the_file_of_a_refused_import_goes(tmp_path):
    query("CREATE TABLE people (name text)")
    try:
        with pytest.raises(UntrackedTable):
            import_text(tmp_path, "people.csv", PEOPLE)
    finally:
        query("DROP TABLE people")

    assert not ImportHistory.objects.exists()
    assert list(kept_files()) == []


def test_an_expired_preview_goes_with_its_file_unless_an_import_uses_them(tmp_path, people, settings):
    imported = import_text(tmp_path, "people.csv", PEOPLE)
    (other := tmp_path / "other.csv").write_text("a\n1\n")
    (waiting := tmp_path / "waiting.csv").write_text("a\n2\n")
    gone = [looked_at(people), looked_at(other)]
    used = looked_at(waiting, hours_ago=23)
    queued(waiting, used)
    assert sweep_unused() == 0
    query("UPDATE imports_analysis SET created_at = created_at - interval '2 hours'")

    assert sweep_unused() == 1

    assert list(Analysis.objects.values_list("pk", flat=True)) == [used.pk]
    assert {file.sha256 for file in kept_files()} == {imported.file_hash, used.file_hash}
    assert gone[0].file_hash == imported.file_hash
    settings.ATLAS_ANALYSIS_HOURS = 0
    assert sweep_unused() == 0


def test_an_expired_preview_says_how_to_go_on(people):
    """Also before it is deleted, at the API and on its page."""
    importer = client_of("ida", "importer")
    answer = importer.upload("people.csv", PEOPLE, address="/detect-mapping").json()
    query("UPDATE imports_analysis SET created_at = created_at - interval '25 hours'")
    importer.force_login(importer.user)

    refused = importer.post("/map-data", {"analysis_id": answer["analysis_id"]})
    page = importer.get(f"/ui/upload/{answer['analysis_id']}")

    assert (refused.status_code, page.status_code) == (404, 404)
    assert refused.json()["error"]["details"]["reason"] == "no_such_analysis"
    for text in (refused.json()["error"]["message"], page.content.decode()):
        assert "has expired: previews are kept for 24 hours. Upload the file again to continue" in text
    assert '<a class="button primary" href="/ui/upload">Upload the file again</a>' in page.content.decode()
    with pytest.raises(SourceUnavailable):
        analysis_of(answer["analysis_id"], TESTER)


def test_what_a_killed_process_left_in_the_storage_is_swept(people, tmp_path):
    """A file that was stored for an import that was never recorded, and one that was half stored."""
    with from_disk(people) as source:
        keep(source)
    kept = Path(storages["sources"].path(address_of(source.sha256)))
    half = kept.with_name(".unfinished-x")
    half.touch()
    said = StringIO()

    call_command("sweep_imports", stdout=said)
    assert (kept.exists(), half.exists()) == (True, True)
    grow_old(kept.parent)
    call_command("sweep_imports", stdout=said)
    assert (kept.exists(), half.exists()) == (False, False)
    assert said.getvalue().endswith("0 temporary files and 1 unused source files deleted\n")
