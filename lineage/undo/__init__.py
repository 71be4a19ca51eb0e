"""Undo and redo of imports, exact in any order: docs/undo.md has the law, an example and the way through the code."""

from lineage.undo.redo import redo_import
from lineage.undo.undo import preview, undo_import

__all__ = ["preview", "redo_import", "undo_import"]
