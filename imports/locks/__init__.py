"""Locks: one import at a time into a table, the sign of life of imports that run, and locks that change tables."""

from imports.locks.advisory import (
    close_if_lost,
    file_deletion,
    hold_liveness_lock,
    is_running,
    liveness_lock,
    no_file_deletions,
    release_liveness_lock,
    source_lock,
    table_lock,
)
from imports.locks.patience import patient
from imports.locks.relations import (
    hold_history,
    hold_table,
    hold_table_and_history,
    read_without_keeping_locks,
    try_to_hold_table,
)

__all__ = [
    "close_if_lost",
    "file_deletion",
    "hold_history",
    "hold_liveness_lock",
    "hold_table",
    "hold_table_and_history",
    "is_running",
    "liveness_lock",
    "no_file_deletions",
    "patient",
    "read_without_keeping_locks",
    "release_liveness_lock",
    "source_lock",
    "table_lock",
    "try_to_hold_table",
]
