"""What tables are by the rules alone: an independent model in plain Python, for the laws of undo and redo.

It knows the texts below, what each comes to in an INTEGER and in a TEXT column, and how duplicates are told.
"""

from dataclasses import dataclass, field

#: Text -> the value in an INTEGER column, and the correction that stands beside it.
INTEGERS = {
    "": (None, None),
    "1": (1, None),
    "2": (2, None),
    "1.0": (1, {"before": "1.0", "after": 1, "correction_type": "type_coercion", "target_type": "INTEGER"}),
    "2,000": (2000, {"before": "2,000", "after": 2000, "correction_type": "type_coercion", "target_type": "INTEGER"}),
}  # fmt: skip
WRONG = "x"  # fits no INTEGER column
TEXTS = ("", "a", "b")
TYPES = {"a": "INTEGER", "b": "TEXT", "row_id": "TEXT", "status": "INTEGER"}


@dataclass
class Import:
    """One import as it was asked for. records: texts by column."""

    table: str
    columns: tuple[str, ...]
    records: list[tuple[str, ...]]
    key: tuple[str, ...] = ()
    check: bool = True
    on_error: str = "null"
    rules: int = 2  # the version of the rules that it was planned by
    ident: object = None  # the product's id of it

    @property
    def fails(self):
        """Whether nothing of it is loaded."""
        wrong = [any(self._wrong(record)) for record in self.records]
        if self.on_error == "abort":
            return any(wrong)
        return self.on_error == "reject_row" and bool(wrong) and all(wrong)

    def _wrong(self, record):
        return [TYPES[name] == "INTEGER" and text == WRONG for name, text in zip(self.columns, record, strict=True)]

    def _repeats_nothing(self, row, record):
        """Whether a record has no key, or one that could not be read: by the rules since version 2."""
        wrong = [name in self.key and bad for name, bad in zip(self.columns, self._wrong(record), strict=True)]
        return bool(self.key) and self.rules > 1 and (any(wrong) or all(row[name] is None for name in self.key))

    def candidates(self):
        """Record number -> row, its corrections, whether it is rejected, and whether it repeats nothing."""
        for number, record in enumerate(self.records, start=1):
            row, corrections = {}, {}
            for name, text in zip(self.columns, record, strict=True):
                row[name], corrected = _read(name, text)
                if corrected:
                    corrections[name] = corrected
            rejected = self.on_error == "reject_row" and any(self._wrong(record))
            yield number, row, corrections or None, rejected, self._repeats_nothing(row, record)


def _read(name, text):
    if TYPES[name] == "TEXT":
        return text or None, None
    return (None, None) if text == WRONG else INTEGERS[text]


@dataclass
class Table:
    """Rows in the order they came: values by column, import, record number, corrections."""

    columns: set[str] = field(default_factory=set)
    rows: list[tuple[dict, object, int, dict | None]] = field(default_factory=list)


@dataclass
class World:
    """All tables, and of every standing import the fates of what did not become a row."""

    tables: dict[str, Table] = field(default_factory=dict)
    kept: dict[object, list[tuple]] = field(default_factory=dict)


def world_of(standing, tables=None):
    """standing: imports in their order. tables: those that were there before, by name."""
    world = World(tables or {})
    for one in standing:
        table = world.tables.setdefault(one.table, Table())
        table.columns |= set(one.columns)
        world.kept[one.ident] = list(_load(one, table))
    return world


def _load(one, table):
    """Adds the rows; yields what is kept: record number, fate, matched import and record."""
    compared = one.key or tuple(sorted(table.columns))
    before, of_the_file = list(table.rows), {}
    for number, row, corrections, rejected, repeats_nothing in one.candidates():
        if rejected:
            yield number, "rejected", None, None
            continue
        values = tuple(row.get(name) for name in compared)
        equal = [held for held in before if tuple(held[0].get(name) for name in compared) == values]
        if repeats_nothing:
            match = None
        elif one.key and one.check:
            match = equal[0] if equal else of_the_file.get(values)
        elif one.check:
            seen = of_the_file.get(values, 0)
            of_the_file[values] = seen + 1
            match = equal[seen] if seen < len(equal) else None
        else:
            match = None
        if match:
            yield number, "duplicate", match[1], match[2]
            continue
        made = (row, one.ident, number, corrections)
        table.rows.append(made)
        if one.key and one.check:
            of_the_file.setdefault(values, made)
