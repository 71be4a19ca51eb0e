"""How a running import reports its progress."""

from __future__ import annotations

from collections.abc import Callable

#: Called between batches: phase, records done, records in all (while not known: as many as the part of the file that
#: was read lets expect). May raise, which stops the import.
#: COMMITTING: for the last time, in the transaction that ends next.
Progress = Callable[[str, int, int], None]
COMMITTING = "committing"
