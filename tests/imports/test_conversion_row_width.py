"""What a row takes of a page, against PostgreSQL itself: the last column that fits, and the first that does not."""

import random
from decimal import Decimal

import pyarrow as pa
import pytest
from django.db import DatabaseError, connection, transaction

from imports.column_types import column_type
from imports.conversion.row_width import too_wide
from imports.table_description import OWN

pytestmark = pytest.mark.usefixtures("atlas_db")


def number(dice):
    """Of any length, with zeros before, behind and between, which take no room or do."""
    digits = "".join(dice.choice("0000123456789") for _ in range(dice.choice((1, 3, 7, 9, 15, 16, 30, 45, 60))))
    places = dice.choice((0, 0, 1, 2, 4, 5, len(digits), len(digits) + 3))
    return f"{Decimal(dice.choice(('', '-')) + digits).scaleb(-places) + 0:f}"


def text(dice):
    kind = dice.choice(("random", "runs", "pairs", "words"))
    length = dice.choice((0, 1, 3, 10, 22, 23, 24, 31, 32, 40, 90))
    if kind == "random":
        return "".join(dice.choice("abcdefghijklmnopqrstuvwxyzäöü0123456789") for _ in range(length))
    if kind == "runs":
        return "".join(dice.choice("xyz") * dice.choice((1, 20, 300)) for _ in range(dice.choice((1, 2, 3, 4))))
    if kind == "pairs":
        return dice.choice(("ab", "abcd", "north-west ")) * length
    return " ".join(dice.choice(("yes", "no", "maybe", "-")) for _ in range(length))


VALUES = {
    "NUMERIC": number,
    "NUMERIC(40, 9)": lambda dice: f"{dice.randrange(10 ** dice.choice((1, 4, 12)))}.{dice.choice(('5', '125', '00'))}",
    "INTEGER": lambda dice: str(dice.randrange(2**31)),
    "BIGINT": lambda dice: str(dice.randrange(2**62)),
    "DOUBLE PRECISION": lambda dice: str(dice.random()),
    "BOOLEAN": lambda dice: dice.choice(("true", "false")),
    "DATE": lambda dice: f"2024-05-{dice.randrange(10, 30)}",
    "TIMESTAMP": lambda dice: f"2024-05-{dice.randrange(10, 30)}T10:00:00",
    "TIMESTAMPTZ": lambda dice: f"2024-05-{dice.randrange(10, 30)}T10:00:00Z",
    "TIME": lambda dice: f"10:00:{dice.randrange(10, 60)}",
    "UUID": lambda dice: "12345678-1234-1234-1234-1234567890ab",
    "JSONB": lambda dice: dice.choice(("{}", "[]", "[true]", '["a", "b"]', '{"a": 1}', '{"a": {"b": [1, 2.5]}}')),
    "TEXT": text,
    "VARCHAR(2000)": text,
}
OWN_TYPES = {
    "id": "BIGINT", "_import_id": "UUID", "_imported_at": "TIMESTAMPTZ", "_source_row_number": "INTEGER",
    "_corrections_applied": "JSONB",
}  # fmt: skip
ROWS = 6  # that are reckoned in one call: most of it is done once for each column, however many rows there are
CORRECTIONS = '{"a": {"before": " 1 ", "after": 1, "correction_type": "whitespace_trimmed"}}'
MIXTURES = [
    ["NUMERIC"], ["TEXT"], ["JSONB", "BOOLEAN"], ["NUMERIC", "DOUBLE PRECISION"], ["TEXT", "INTEGER"], list(VALUES),
]  # fmt: skip


def layout_of(names, dice):
    """The columns of a table as they stand in it; sometimes with others, with dropped ones, and grown by imports."""
    new = [*OWN[:1], *names, *OWN[1:]]
    if dice.random() < 0.4:
        return new
    cut = dice.randrange(len(names))
    others = [None] * dice.randrange(5) + ["other"] * dice.randrange(2)
    return [*others, *OWN[:1], *names[:cut], *OWN[1:], *names[cut:]]


def make_table(layout, types):
    columns = [f'"{name or f"gone{at}"}" {types.get(name, "integer")}' for at, name in enumerate(layout)]
    gone = [f'DROP COLUMN "gone{at}"' for at, name in enumerate(layout) if name is None]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE wide ({', '.join(columns)})")
        if gone:
            cursor.execute(f"ALTER TABLE wide {', '.join(gone)}")


def is_taken(row):
    """Whether the server takes a row of these texts."""
    names = ", ".join(f'"{name}"' for name in row)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            marks = ", ".join(["%s"] * len(row))
            cursor.execute(f"INSERT INTO wide ({names}) VALUES ({marks})", list(row.values()))
    except DatabaseError as error:
        assert "row is too big" in str(error)
        return False
    return True


def widest_that_fits(values, types, layout, corrections):
    """Of the rows that begin with so many of the values, by what is reckoned: how many the last has that fits."""
    columns = {name: column_type(types[name]) for name in types if name[0] == "c"}
    places = {name: at for at, name in enumerate(values)}
    fits, too_many = 0, len(values) + 1
    while too_many - fits > 1:
        tried = sorted({fits + max(1, (too_many - fits) * part // (ROWS + 1)) for part in range(1, ROWS + 1)})
        rows = {
            name: (of, of.parse(pa.array([values[name] if places.get(name, filled) < filled else None
                                          for filled in tried], pa.string())))
            for name, of in columns.items()
        }  # fmt: skip
        mask = too_wide(rows, pa.array([corrections] * len(tried), pa.string()), [layout])
        wide = [False] * len(tried) if mask is None else mask.tolist()
        fits = max([filled for filled, is_wide in zip(tried, wide, strict=True) if not is_wide], default=fits)
        too_many = min([filled for filled, is_wide in zip(tried, wide, strict=True) if is_wide], default=too_many)
    return fits


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mixture", MIXTURES, ids=["+".join(one[:2]) for one in MIXTURES])
def test_the_border_is_where_postgresql_has_it(mixture, seed):
    dice = random.Random(f"{mixture} {seed}")
    chosen = {f"c{at}": dice.choice(mixture) for at in range(dice.choice((800, 1200, 1500)))}
    if dice.random() < 0.3:
        chosen = dict.fromkeys(chosen, dice.choice(mixture))
    layout, types = layout_of(list(chosen), dice), OWN_TYPES | chosen
    corrections = dice.choice((None, CORRECTIONS))
    empty = dice.choice((0, 0.1))
    values = {name: VALUES[sql_type](dice) for name, sql_type in chosen.items() if dice.random() >= empty}
    own = {"id": "1", "_import_id": "12345678-1234-1234-1234-1234567890ab", "_imported_at": "2024-05-01T00:00:00Z",
           "_source_row_number": "1", "_corrections_applied": corrections}  # fmt: skip
    make_table(layout, types)

    def begins(filled):
        return {name: values[name] for name in list(values)[:filled]}

    fits = widest_that_fits(values, types, layout, corrections)
    assert is_taken(begins(fits) | own)
    if fits < len(values):
        assert not is_taken(begins(fits + 1) | own)
