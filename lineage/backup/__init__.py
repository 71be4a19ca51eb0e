"""Backups of a whole instance: database, source files, secret key, and an anchor of the audit log."""
