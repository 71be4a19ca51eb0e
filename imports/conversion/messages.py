"""What is said of rows that cannot be stored."""

from core.messages import Sentence

ROW_TOO_WIDE = Sentence("row_too_wide", "The row is wider than a page of PostgreSQL, which holds {bytes:,} bytes")
PLAN_NO_LONGER_FITS = Sentence(
    "plan_no_longer_fits", "Records that were loaded before cannot be loaded by the same plan any more."
)
ROW_FITS_AS_DOUBLES = Sentence(
    "row_fits_as_doubles",
    "The row is wider than a page of PostgreSQL, which holds {bytes:,} bytes; with DOUBLE PRECISION in place of "
    "NUMERIC it would fit",
)
