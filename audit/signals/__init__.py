"""Django's signals that the audit log listens to."""
