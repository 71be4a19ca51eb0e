"""One table, written in the ways of real files: dialects, encodings, and what gets between the lines."""

HEADER = ["day", "time", "count", "code", "price", "kind", "name", "link", "remark"]
ROWS = [
    ("05/01/2013", "9:05", "1", "AB-17", "12.50", "tool", "Hammer, large", "http://shop.example/1", None),
    ("05/01/2013", "9:17", "3", "AB-18", "0.99", "nail", "Nails", "http://shop.example/2", 'the "good" ones'),
    ("05/02/2013", "10:40", "12", "CD-02", "7.00", "paint", "White paint", "http://shop.example/3", "dries slowly"),
    ("05/02/2013", "11:02", "2", "CD-02", "7.00", "paint", "White paint", "http://shop.example/3", None),
    ("05/03/2013", "8:59", "1", "EF-99", "149.90", "tool", "Saw; electric", "http://shop.example/4", "two\nlines"),
    ("05/03/2013", "12:30", "40", "AB-18", "0.89", "nail", "Nails", "http://shop.example/2", "rebate, because of 40"),
    ("05/04/2013", "16:45", "1", "GH-01", "3.20", "tape", 'Tape 5"', "http://shop.example/5", None),
    ("05/05/2013", "9:00", "6", "GH-02", "4.80", "tape", "Tape, wide", "http://shop.example/6", "l'ultimo"),
    ("05/05/2013", "9:01", "7", "GH-03", "4.85", "glue", "Glue", "http://shop.example/7", "dries fast"),
    ("05/06/2013", "9:02", "8", "GH-04", "5.15", "glue", "Glue strong", "http://shop.example/8", "sticks"),
]
WIDTH = len(HEADER)
#: The physical line of each record, where the header is on the first.
LINES = [2, 3, 4, 5, 6, 8, 9, 10, 11, 12]


def written(cell, *, delimiter=",", quote='"', escape=None, always=False):
    """A cell; escape: what stands before a quote in place of another quote, "" for nothing."""
    if cell is None:
        return ""
    if not always and not any(sign in cell for sign in (delimiter, quote, "\n", "\r")):
        return cell
    if escape:
        cell = cell.replace(escape, escape * 2)
    return quote + cell.replace(quote, (quote if escape is None else escape) + quote) + quote


def line(cells, **dialect):
    return dialect.get("delimiter", ",").join(written(cell, **dialect) for cell in cells)


def lines(rows=ROWS, header=HEADER, **dialect):
    return [line(cells, **dialect) for cells in ([header] if header else []) + [*rows]]


def text(*parts, end="\r\n"):
    """Lines, each with its end."""
    return end.join([*parts, ""])


def with_line(number, changed):
    """The table with another line in place of that one; 0: the header."""
    all_lines = lines()
    all_lines[number] = changed
    return text(*all_lines)
