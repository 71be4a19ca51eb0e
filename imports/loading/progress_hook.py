"""The callback by which a running import reports its progress."""

from __future__ import annotations

from collections.abc import Callable

#: Called between batches with phase, records done and total records (an estimate until the file is read to its end).
#: It may raise, which stops the import. The last call, in phase COMMITTING, is just before the commit.
Progress = Callable[[str, int, int], None]
COMMITTING = "committing"
