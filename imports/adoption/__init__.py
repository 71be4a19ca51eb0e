"""Tables that existed before: inspect them, add the tracking columns, record their rows as a legacy import."""
