"""How tests change the file of failed rows as persons and programs do, and send it back."""

import csv
import io
import zipfile

from imports.sources.receive import spooled
from lineage.exports.failed_rows import FailedRecords
from lineage.exports.failed_rows_file import FailedFile, as_csv, as_xlsx
from lineage.repair_files import changes_in

ID_IN_FILES = b"00000000-0000-4000-8000-000000000000"  # of the import, in kept files


def failed_csv(record):
    """The download, as text."""
    return b"".join(as_csv(FailedFile(FailedRecords(record), formula_safe=True))).decode()


def failed_xlsx(record):
    with as_xlsx(FailedFile(FailedRecords(record), formula_safe=True)) as stream:
        return stream.read()


def failed_rows(record):
    """The cells of the download, the titles first; no empty field differs from an empty text."""
    return list(csv.reader(io.StringIO(failed_csv(record))))


def as_text(rows, **dialect):
    stream = io.StringIO()
    csv.writer(stream, **dialect).writerows(rows)
    return stream.getvalue()


def of_import(content, record):
    """A kept file, as one of this import."""
    if not content.startswith(b"PK"):
        return content.replace(ID_IN_FILES, str(record.pk).encode())
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(ID_IN_FILES, str(record.pk).encode()))
    return out.getvalue()


def sent(record, content, name="repaired.csv"):
    """What the file says: rows of cells, text or bytes."""
    if isinstance(content, list):
        content = as_text(content)
    with spooled([content if isinstance(content, bytes) else content.encode()], name) as source:
        return changes_in(record.pk, source)


def texts(found):
    """Record number → position → text."""
    return {change.record_number: dict(change.texts) for change in found.changes}


def notes(found):
    """Code and parameters of each note."""
    return [(note.code, dict(note.params)) for note in found.notes]
