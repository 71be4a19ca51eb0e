"""A table with imports by letters, for cases that can be checked by reading: imports A, B, C; A2 is record 2 of A."""

from imports.models import ImportHistory
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, columns_of, import_text
from tests.imports.written import written
from tests.lineage.held import contents_by_id, kept_of, updates_of

FILES = {"csv": "csv", "excel": "xlsx", "json": "json", "xml": "xml"}


class Customers:
    """A table into which imports are made, each with a letter."""

    def __init__(self, folder):
        self.folder = folder
        self.ids = {}  # letter -> import

    def load(self, letter, *lines, on_match="update", key="nr", kind="csv", **mapping):
        """Import lines of cells between spaces, the first of them the header; - is an empty cell."""
        header, *records = [[None if cell == "-" else cell for cell in line.split()] for line in lines]
        checked = {"on_match": on_match, "force_import": True, "uniqueness_columns": key.split()}
        text = written(kind, header, records)
        name = f"{letter}.{FILES[kind]}"
        record = import_text(self.folder, name, text, table_name="t", duplicate_check=checked, **mapping)
        self.ids[letter] = record.pk
        return record

    def undo(self, letters, choice=None):
        for letter in letters:
            undo_import(self.ids[letter], TESTER, changed_rows=choice)

    def redo(self, letters, choice=None):
        for letter in letters:
            redo_import(self.ids[letter], TESTER, changed_rows=choice)

    def name(self, place):
        letters = {str(import_id): letter for letter, import_id in self.ids.items()}
        return f"{letters[str(place[0])]}{place[1]}"

    def rows(self):
        """Return the rows as lines of values and last writer, sorted by their origin."""
        columns = [name for name in columns_of("t") if name != "id" and not name.startswith("_")]
        lines = [
            (self.name(origin), " ".join([*(values.get(name, "-") for name in columns), self.name(writer)]))
            for _, (values, origin, writer, _) in contents_by_id("t")
        ]
        return [line for _, line in sorted(lines)]

    def origins(self):
        return sorted(self.name(row[1]) for _, row in contents_by_id("t"))

    def outcomes(self, letter):
        """Return what became of each record that is not a row of its own, by its number."""
        import_id = self.ids[letter]
        told = {
            number: f"updated {self.name(origin)}: {' '.join(columns)}"
            for number, origin, columns, *_ in updates_of("t", import_id)
        }
        for number, fate, match, differs in kept_of(import_id):
            of = f" of {self.name(match)}" if match[0] else ""
            told[number] = f"{fate}{of}" + (f", differs: {' '.join(differs)}" if differs else "")
        return dict(sorted(told.items()))

    def counts(self, letter):
        """Return how many records were inserted, updated a row, and were duplicates."""
        found = ImportHistory.objects.get(pk=self.ids[letter])
        return found.rows_inserted, found.rows_updated, found.duplicates_found

    def state(self):
        """Return all that the law compares."""
        active = [letter for letter in self.ids if ImportHistory.objects.get(pk=self.ids[letter]).undone_at is None]
        corrections = sorted((self.name(row[1]), row[3]) for _, row in contents_by_id("t"))
        said = [(letter, self.outcomes(letter), self.counts(letter)) for letter in active]
        return self.rows(), corrections, said
