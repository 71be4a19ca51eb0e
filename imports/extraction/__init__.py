"""Bytes of a file -> typed batches: everything that is done with untrusted files, and nothing with the database.

`opened` gives the one object that does it. Arguments and results of its methods are plain data, so that each call can
be made in another process; a method that yields is a stream.
"""

from imports.extraction.factory import opened, parts_in, prepare
from imports.extraction.limits import Work

__all__ = ["Work", "opened", "parts_in", "prepare"]
