"""Text batches to profiles of columns: which types and notations fit which values."""
