"""A file read to its end, for tests to compare with what they expect."""

from dataclasses import dataclass, field
from pathlib import Path

from imports.readers import open_reader
from imports.sources import SourceFile
from imports.text_batches import FileInfo, Reader, RowProblem

FILES = Path(__file__).parent.parent / "files"


@dataclass
class Read:
    file_info: FileInfo
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    locations: list[str] = field(default_factory=list)
    problems: dict[int, list[RowProblem]] = field(default_factory=dict)  # by record number

    @property
    def header(self):
        return self.file_info.header

    @property
    def warnings(self):
        """In English."""
        return [str(one) for one in self.file_info.warnings]

    @property
    def warned(self):
        """Warnings as (code, parameters)."""
        return [(one.code, one.params) for one in self.file_info.warnings]

    def told(self):
        """Problems as (record number, code, rejected, original)."""
        return [
            (number, str(problem.code), problem.rejected, problem.original)
            for number, problems in self.problems.items()
            for problem in problems
        ]

    def messages(self):
        return [str(problem.message) for problems in self.problems.values() for problem in problems]


def source_of(path: Path) -> SourceFile:
    return SourceFile(path.name, path, path.stat().st_size, "0" * 64)


def read_file(name: str, batch_rows: int | None = None, **options) -> Read:
    """A file of tests/files."""
    return read_path(FILES / name, batch_rows=batch_rows, **options)


def read_path(path: Path, batch_rows: int | None = None, **options) -> Read:
    return read_all(open_reader(source_of(path), options, batch_rows=batch_rows))


def read_all(reader: Reader) -> Read:
    """Every record at the width of the final header; batches are checked on the way."""
    batches = list(reader.batches())
    found = Read(reader.file_info)
    width = len(found.header)
    for batch in batches:
        assert batch.first_record == len(found.rows) + 1
        assert all(len(column) == batch.rows > 0 for column in batch.columns)
        assert len(batch.columns) <= width
        for problem in batch.problems:
            assert 0 <= problem.index < batch.rows
            found.problems.setdefault(batch.first_record + problem.index, []).append(problem)
        columns = [column.to_pylist() for column in batch.columns]
        columns += [[None] * batch.rows] * (width - len(columns))
        found.rows += list(zip(*columns, strict=True))
        found.positions += batch.source_positions.to_pylist()
        found.locations += [reader.location(place) for place in batch.source_positions.to_pylist()]
    return found
