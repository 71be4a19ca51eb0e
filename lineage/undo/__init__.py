"""Undo and redo of imports, exact in any order."""

from lineage.undo.redo import redo_import
from lineage.undo.undo import preview, undo_import

__all__ = ["preview", "redo_import", "undo_import"]
