"""Repairs sent as a file: the failed rows of an import, changed by persons and by the programs they did it with.

`repair_by_file` reads it, finds out what persons changed, and repairs these cells; `changes_in` only reads it.
"""

from lineage.repair_files.repair_by_file import FileChanges, FileReport, changes_in, repair_by_file

__all__ = ["FileChanges", "FileReport", "changes_in", "repair_by_file"]
