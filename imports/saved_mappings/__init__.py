"""Mappings that are saved by name, with versions, and used again for files of their kind."""
