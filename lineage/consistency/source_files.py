"""Check the kept source files: each that an import needs is there, with the size and SHA-256 of what was received."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, Max, QuerySet

from core.messages import Message
from core.streamed_rows import streamed
from imports.history.retention_marks import KEY, SOURCE_FILE
from imports.models import LOADED, ImportHistory
from imports.sources.kept_files import Damage, damage
from lineage.consistency import messages

_SENTENCES = {
    Damage.MISSING: messages.SOURCE_FILE_MISSING,
    Damage.SIZE: messages.SOURCE_FILE_OF_OTHER_SIZE,
    Damage.CONTENT: messages.SOURCE_FILE_OF_OTHER_CONTENT,
}


def files_needed(table_name: str | None) -> int:
    """Return how many files the imports of a table, or of all tables, need."""
    return _imports_with_file(table_name).aggregate(files=Count("file_hash", distinct=True))["files"]


def damaged_files(table_name: str | None, *, thorough: bool) -> Iterator[tuple[str, UUID, Message]]:
    """Yield table and import of each file that is missing or damaged, and what is wrong.

    thorough: read every file, else compare only sizes. Memory does not grow with the number or size of files. Raises
    SourceUnreachable.
    """
    files = _imports_with_file(table_name).values("file_hash").annotate(size=Max("file_size_bytes")).order_by()
    with streamed(files) as each:
        for file in each:
            sha256 = str(file["file_hash"])
            found = damage(sha256, file["size"], thorough=thorough)
            if found:
                yield from _reported(_imports_with_file(table_name), sha256, found)


def _reported(imports: QuerySet[ImportHistory], sha256: str, found: Damage) -> Iterator[tuple[str, UUID, Message]]:
    """Yield the damage under the file's first import. Retention may just have deleted the file: then there is none."""
    of_file = imports.filter(file_hash=sha256).order_by("import_timestamp", "pk")
    first = of_file.values_list("table_name", "pk").first()
    if first:
        yield *first, _SENTENCES[found](sha256=sha256, imports=of_file.count())


def _imports_with_file(table_name: str | None) -> QuerySet[ImportHistory]:
    """Return the imports whose file was stored and not deleted by retention."""
    imports = ImportHistory.objects.filter(LOADED, file_hash__isnull=False, mapping_config__has_key="header")
    imports = imports.filter(**{f"metadata__{KEY}__{SOURCE_FILE}__isnull": True})
    return imports if table_name is None else imports.filter(table_name=table_name)
