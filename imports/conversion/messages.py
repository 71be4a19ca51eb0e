"""Messages about rows that cannot be stored."""

from core.messages import Sentence

ROW_TOO_WIDE = Sentence("row_too_wide", "The row is too large for the database, which stores up to {bytes:,} bytes")
PLAN_NO_LONGER_FITS = Sentence(
    "plan_no_longer_fits", "Rows that were imported before can no longer be imported with the same plan."
)
ROW_FITS_AS_DOUBLES = Sentence(
    "row_fits_as_doubles",
    "The row is too large for the database, which stores up to {bytes:,} bytes; with DOUBLE PRECISION instead of "
    "NUMERIC columns it would fit",
)
