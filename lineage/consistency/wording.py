"""What the consistency check counted and found, in words."""

from __future__ import annotations

from core.formatting import counted
from lineage.consistency.check import Report
from lineage.consistency.invariants import INVARIANTS

NOUNS = {
    "tables": "table", "imports": "import", "rows": "row", "kept_records": "skipped row",
    "mapping_errors": "error", "source_files": "source file",
    "audit_entries": "audit entry,audit entries",
}  # fmt: skip


def in_one_line(report: Report) -> str:
    counts = ", ".join(counted(number, NOUNS[what]) for what, number in report.checked.items())
    return f"No problems found: {counts}; {len(INVARIANTS)} checks per table."
