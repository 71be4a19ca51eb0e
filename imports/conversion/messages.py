"""What is said of rows that cannot be stored."""

from core.messages import Sentence

ROW_TOO_WIDE = Sentence("row_too_wide", "The row is wider than a page of PostgreSQL, which holds {bytes:,} bytes")
