"""Repairs: what persons change of single records of an import, at the import's own place in the order.

repair.py has the steps; docs/undo.md has the law, of which repairs are a part.
"""

from lineage.repairs.changes import RecordChange, RepairReport
from lineage.repairs.proposed_changes import proposed_changes
from lineage.repairs.repair import repair
from lineage.repairs.undo_repair import undo_repair

__all__ = ["RecordChange", "RepairReport", "proposed_changes", "repair", "undo_repair"]
