"""Bytes -> batches of text columns with record numbers. Knows no Django model and no database.

A reader gives every value as the text in the file; types are found later (inference/profile.py).
"""

from imports.readers.open_reader import open_reader

__all__ = ["open_reader"]
