"""What a rerun did, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from imports.loading.load import Counts
from imports.models import ImportHistory


@dataclass(frozen=True)
class RerunReport:
    """What a rerun did."""

    import_id: str  # the new import
    rerun_of: str  # the one that it replaces
    table_name: str
    rows_removed: int  # of the old import
    rows_kept: int  # of the old import, changed manually
    rows_inserted: int
    rows_updated: int
    duplicates_found: int
    rows_rejected: int
    rows_filtered: int
    mapping_errors_count: int
    rows_returned: int  # of later imports: duplicates or updates of rows that become rows
    rows_become_duplicates: int  # of later imports
    repairs_carried: int  # repaired records whose repairs count for the new import, too
    repairs_left: tuple[int, ...]  # repaired records of the old import whose repairs do not
    columns_dropped: tuple[str, ...]
    columns_added: tuple[str, ...]
    columns_retyped: tuple[str, ...]  # that have another type now

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            name: list(getattr(self, name))
            for name in ("repairs_left", "columns_dropped", "columns_added", "columns_retyped")
        }


def outcomes_of(counts: Counts) -> dict[str, int]:
    """Return the counts by the names of the report."""
    return {
        "rows_inserted": counts.inserted,
        "rows_updated": counts.updated,
        "duplicates_found": counts.duplicates,
        "rows_rejected": counts.rejected,
        "rows_filtered": counts.filtered,
        "mapping_errors_count": counts.problems,
    }


def outcomes_of_import(record: ImportHistory) -> dict[str, int]:
    """Return the counts of an import by the same names."""
    return {name: getattr(record, name) or 0 for name in outcomes_of(Counts())}


def report_of_import(old: ImportHistory, new: ImportHistory) -> RerunReport:
    """Return the report of a rerun that replaced no row: the old import had none."""
    return RerunReport(
        import_id=str(new.pk), rerun_of=str(old.pk), table_name=new.table_name, rows_removed=0, rows_kept=0,
        **outcomes_of_import(new), rows_returned=0, rows_become_duplicates=0, repairs_carried=0, repairs_left=(),
        columns_dropped=(), columns_added=(), columns_retyped=(),
    )  # fmt: skip
