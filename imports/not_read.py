"""What of a file is no row of its table: lines around the table, other tables, sheets, files of an archive, branches.

A reader adds each part; the history and every answer show them. Blank lines are not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices

MAX_PARTS = 100  # that are listed; all are counted


class NotRead(TextChoices):
    """Kinds of what is not read. The label is for pages."""

    TITLE = "title", "Lines above the table"
    COMMENT = "comment", "Comments above the table"
    NOTE = "note", "Lines between rows"
    FOOTER = "footer", "Lines below the table"
    OTHER_TABLE = "other_table", "Lines of other tables"
    FAR_CELL = "far_cell", "Cells outside the table"
    OTHER_SHEET = "other_sheet", "Other sheets"
    ARCHIVE_MEMBER = "archive_member", "Other files in the archive"
    DOCUMENT_BRANCH = "document_branch", "Other parts of the document"


#: Kinds of which the lines of a text or the rows of a sheet are counted; of the others cells, sheets, files, branches.
OF_LINES = (NotRead.TITLE, NotRead.COMMENT, NotRead.NOTE, NotRead.FOOTER, NotRead.OTHER_TABLE)


@dataclass(frozen=True)
class UnreadPart:
    """One place of a file."""

    kind: NotRead
    count: int = 1  # of lines or rows that are not blank, or of cells; one sheet, file or branch
    first: int | None = None  # line or row, from 1
    last: int | None = None
    name: str = ""  # of a sheet or a file, path of a branch, range of cells

    def as_json(self) -> dict[str, Any]:
        lines = {} if self.first is None else {"first_line": self.first, "last_line": self.last}
        return {"kind": self.kind.value, "count": self.count, **lines, **({"name": self.name} if self.name else {})}


@dataclass
class Unread:
    """All parts of a file that are no rows. A reader fills it while it reads; complete when it is done."""

    lines_read: int = 0  # of the table, with its header: lines of a text, rows of a sheet; blank ones aside
    parts: list[UnreadPart] = field(default_factory=list)  # the first ones, in the order of the file
    counts: dict[str, int] = field(default_factory=dict)  # by kind

    def add(self, kind: NotRead, count: int = 1, *, first: int | None = None, last: int | None = None,
            name: str = "") -> None:  # fmt: skip
        """Add a part; one of no lines is none."""
        if not count:
            return
        self.counts[kind.value] = self.counts.get(kind.value, 0) + count
        if len(self.parts) < MAX_PARTS:
            self.parts.append(UnreadPart(kind, count, first, last, name))

    @property
    def lines(self) -> int:
        """How many lines or rows are not read."""
        return sum(self.counts.get(kind.value, 0) for kind in OF_LINES)

    @property
    def comments(self) -> int:
        """How many of them are marked as comments, which no row is."""
        return self.counts.get(NotRead.COMMENT.value, 0)

    def lines_above(self, line: int) -> int:
        """Return how many of them are above a line, comments aside."""
        kinds = [kind for kind in OF_LINES if kind != NotRead.COMMENT]
        return sum(part.count for part in self.parts if part.kind in kinds and (part.first or 0) < line)

    def as_json(self) -> dict[str, Any]:
        """Return what history, answers and pages show."""
        return {
            "lines_read": self.lines_read,
            "lines": self.lines,
            "counts": dict(self.counts),
            "parts": [part.as_json() for part in self.parts],
        }


def parts_of(stored: Mapping[str, Any] | None) -> list[UnreadPart]:
    """Return the parts that `as_json` stored; none of an import before they were counted."""
    return [
        UnreadPart(
            NotRead(part["kind"]), part["count"], part.get("first_line"), part.get("last_line"), part.get("name", "")
        )
        for part in (stored or {}).get("parts", [])
    ]
