"""What tables are by the rules alone: an independent model in plain Python, for the laws of undo and redo.

It knows the texts below, what each comes to in a column of each type, and the rules of *Duplicates* and *Updates*. It
knows nothing of the product: every row is judged anew, in the order of the imports.
"""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal


def _correction(before, after):
    return {"before": before, "after": after, "correction_type": "type_coercion", "target_type": "INTEGER"}


#: Text -> the value in an INTEGER column, and the correction that stands beside it.
INTEGERS = {
    "": (None, None),
    "1": (1, None),
    "2": (2, None),
    "1.0": (1, _correction("1.0", 1)),
    "2,000": (2000, _correction("2,000", 2000)),
}
NUMBERS = ("", "1.0", "1.00", "2")  # in a NUMERIC column: 1.0 and 1.00 are equal, and each keeps its places
WRONG = "x"  # fits neither
TEXTS = ("", "a", "b")
TYPES = {"a": "INTEGER", "b": "TEXT", "row_id": "TEXT", "status": "INTEGER", "price": "NUMERIC"}
POLICIES = ("skip", "update", "fill", "insert")
#: Final values that a repair may send.
FINAL = {"INTEGER": ("1", "2", "2000", None), "TEXT": ("a", "b", None), "NUMERIC": ("1.0", "1.00", "2", None)}
REASON = "a law"


@dataclass
class Import:
    """One import as it was asked for. records: texts by column."""

    table: str
    columns: tuple[str, ...]
    records: list[tuple[str, ...]]
    key: tuple[str, ...] = ()
    on_match: str = "skip"  # one of POLICIES
    on_error: str = "null"
    filtered: str | None = None  # records with this text in the first column are excluded by a filter
    rules: int = 2  # the version of the rules that it was planned by
    kind: str = "csv"  # of its file
    ident: object = None  # the product's id of it
    repairs: list = field(default_factory=list)  # that are not undone, in their order: Repaired

    @property
    def fails(self):
        """Whether nothing of it is loaded."""
        loaded = [number for number, record in enumerate(self.records, start=1) if not self._is_filtered(record)]
        wrong = [bool(self.unread(number)) for number in loaded]
        if self.on_error == "abort":
            return any(wrong)
        return self.on_error == "reject_row" and bool(wrong) and all(wrong)

    def _is_filtered(self, record):
        return self.filtered is not None and record[0] == self.filtered

    def final(self, number):
        """Return the final values of a record by column, as texts: the last that was sent of each."""
        return {name: text for one in self.repairs if one.number == number for name, text in one.values.items()}

    def unread(self, number):
        """Return the columns of which a record has a text that could not be read."""
        texts = zip(self.columns, self.records[number - 1], strict=True)
        wrong = {name for name, text in texts if text == WRONG and TYPES[name] != "TEXT"}
        return wrong - set(self.final(number))

    def is_filtered(self, number):
        return self._is_filtered(self.records[number - 1])

    def outcome_before_matching(self, number):
        """Return what becomes of a record whatever the table has; None: it depends on that."""
        if self.is_filtered(number):
            return "filtered"
        return "rejected" if self.on_error == "reject_row" and self.unread(number) else None

    def repeats_nothing(self, number, values):
        """Return whether a record has no key, or one that could not be read."""
        if self.rules < 2:
            return False
        return bool(self.unread(number).intersection(self.key)) or all(values[name] is None for name in self.key)

    def read(self, number):
        """Return the values of a record by column, and its corrections: repairs stand for what the file has."""
        values, corrections = read(self.columns, self.records[number - 1])
        in_file = dict(zip(self.columns, self.records[number - 1], strict=True))
        for name, text in self.final(number).items():
            values[name] = value = final_value(TYPES[name], text)
            corrections[name] = {
                "before": in_file[name] or None, "after": float(value) if isinstance(value, Decimal) else value,
                "correction_type": "manual", "by": "tester", "reason": REASON,
            }  # fmt: skip
        return values, corrections


@dataclass(frozen=True)
class Repaired:
    """One repair of a record: final values by column, as texts."""

    number: int
    values: dict
    ident: object  # the product's id of it


def read(columns, record):
    """Return the values of a record by column, and its corrections."""
    values, corrections = {}, {}
    for name, text in zip(columns, record, strict=True):
        values[name], corrected = _read(TYPES[name], text)
        if corrected:
            corrections[name] = corrected
    return values, corrections


def final_value(sql_type, text):
    if text is None or sql_type == "TEXT":
        return text
    return int(text) if sql_type == "INTEGER" else Decimal(text)


def _read(sql_type, text):
    if sql_type == "TEXT":
        return text or None, None
    if text == WRONG:
        return None, None
    return INTEGERS[text] if sql_type == "INTEGER" else (Decimal(text) if text else None, None)


@dataclass(frozen=True)
class Row:
    """A row, with the import and the record number that inserted it, and those that last wrote a cell of it."""

    values: dict
    origin: tuple
    writer: tuple
    corrections: dict

    def get(self, names):
        return tuple(self.values.get(name) for name in names)

    def written(self, names, values, corrections, writer):
        """Return the row after a record wrote these cells. The entries of other cells say whose they are."""
        others = {
            name: {"import_id": self.writer[0], **entry}
            for name, entry in self.corrections.items()
            if name not in names
        }
        own = {name: entry for name, entry in corrections.items() if name in names}
        return Row(self.values | {name: values[name] for name in names}, self.origin, writer, others | own)


@dataclass
class Table:
    """rows: in the order of the records that inserted them."""

    columns: set[str] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """A record that is no row and changed none. match: the origin of the row, or its own import and a record of it."""

    number: int
    fate: str
    match: tuple = (None, None)
    differs: tuple | None = None  # columns whose values differ from the row's; None: not compared


@dataclass(frozen=True)
class Update:
    """A record that changed a row. before: the row as it was found."""

    number: int
    columns: tuple
    before: Row


@dataclass
class Outcomes:
    """What became of the records of one import."""

    inserted: list[int] = field(default_factory=list)
    updated: list[Update] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    keys_of_several_rows: int = 0  # keys of records that several rows have
    matched: int = 0  # records whose key a row has
    differing: int = 0  # of them: with other values than the row in cells that they did not write


@dataclass
class World:
    """All tables, and of every active import the outcomes of its records."""

    tables: dict[str, Table] = field(default_factory=dict)
    outcomes: dict[object, Outcomes] = field(default_factory=dict)


def world_of(active, tables=None):
    """active: imports in their order. tables: those that were there before, by name."""
    world = World(tables or {})
    for one in active:
        table = world.tables.setdefault(one.table, Table())
        table.columns |= set(one.columns)
        world.outcomes[one.ident] = Outcomes()
        _load(one, table, world.outcomes[one.ident])
    return world


@dataclass(frozen=True)
class Pending:
    """A record that is neither rejected nor filtered, as it was read."""

    number: int
    values: dict
    corrections: dict
    unread: set

    def differing(self, columns, values):
        """Return those of the columns in which the record has another value; what was not read is no value."""
        return tuple(name for name in columns if name not in self.unread and self.values[name] != values.get(name))


@dataclass(frozen=True)
class Repeat:
    """The match of a record that is of its own file."""

    of: Pending


def _load(one, table, outcomes):
    """Judge each record by the rows as they are before the import, and change the table."""
    pending = []
    for number in range(1, len(one.records) + 1):
        if fate := one.outcome_before_matching(number):
            outcomes.kept.append(Kept(number, fate))
        else:
            pending.append(Pending(number, *one.read(number), one.unread(number)))
    for record, match in _matched(one, table, pending, outcomes):
        origin = (one.ident, record.number)
        if match is None:
            table.rows.append(Row(record.values, origin, origin, record.corrections))
            outcomes.inserted.append(record.number)
        elif isinstance(match, Repeat):
            differs = record.differing(one.columns, match.of.values)
            outcomes.kept.append(Kept(record.number, "duplicate", (one.ident, match.of.number), differs))
        else:
            _meet(one, table, match, record, outcomes)
    outcomes.kept.sort(key=lambda kept: kept.number)


def _matched(one, table, pending, outcomes):
    """Return each record with its match among the rows that were there before: a row, a repeat, or None."""
    if one.on_match == "insert":
        return [(record, None) for record in pending]
    if one.key:
        return list(_by_key(one, table.rows, pending, outcomes))
    return list(_by_row(sorted(table.columns), table.rows, pending))


def _by_row(compared, rows, pending):
    """The k-th of equal records matches the k-th equal row."""
    seen = Counter()
    for record in pending:
        values = tuple(record.values.get(name) for name in compared)
        equal = [row for row in rows if row.get(compared) == values]
        yield record, (equal[seen[values]] if seen[values] < len(equal) else None)
        seen[values] += 1


def _by_key(one, rows, pending, outcomes):
    """One record of each key matches the first row that has it; the others repeat this record.

    Under `skip` that is the first record, also one with a cell of the key that could not be read, if not all are empty;
    and others repeat a row rather than a record.
    """
    records_of, rows_of = {}, {}
    for record in pending:
        values = tuple(record.values[name] for name in one.key)
        is_compared = not one.repeats_nothing(record.number, record.values)
        if is_compared or one.on_match == "skip" and any(value is not None for value in values):
            records_of.setdefault(values, []).append(record)
        if is_compared:
            rows_of[record.number] = [row for row in rows if row.get(one.key) == values]
    outcomes.keys_of_several_rows = sum(len(rows_of.get(of[0].number, ())) > 1 for of in records_of.values())
    for record in pending:
        if record.number not in rows_of:
            yield record, None
            continue
        of_key = records_of[tuple(record.values[name] for name in one.key)]
        takes_part = of_key[-1] if one.on_match == "update" else of_key[0]
        if record is takes_part or (one.on_match == "skip" and rows_of[record.number]):
            yield record, next(iter(rows_of[record.number]), None)
        else:
            yield record, Repeat(takes_part)


def _meet(one, table, row, record, outcomes):
    """A record meets the row that it matches: it changes cells of it, or is a duplicate."""
    differing = record.differing(one.columns, row.values)
    written = {
        "skip": (),
        "update": differing,
        "fill": tuple(name for name in differing if row.values.get(name) is None),
    }[one.on_match]
    outcomes.matched += 1
    outcomes.differing += set(differing) > set(written)
    if not written:
        outcomes.kept.append(Kept(record.number, "duplicate", row.origin, differing))
        return
    changed = row.written(written, record.values, record.corrections, (one.ident, record.number))
    table.rows[[held.origin for held in table.rows].index(row.origin)] = changed
    outcomes.updated.append(Update(record.number, written, row))
