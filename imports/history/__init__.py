"""The history of imports: the functions of the specification, for any code that imports rows.

Parameters and JSON: import-tracking.md, *Manual Integration* and *Python API*.
"""

from imports.history.tracking import (
    calculate_file_hash,
    complete_import_tracking,
    get_import_history,
    get_mapping_errors,
    record_mapping_errors_batch,
    start_import_tracking,
    update_mapping_status,
)

__all__ = [
    "calculate_file_hash", "complete_import_tracking", "get_import_history", "get_mapping_errors",
    "record_mapping_errors_batch", "start_import_tracking", "update_mapping_status",
]  # fmt: skip
