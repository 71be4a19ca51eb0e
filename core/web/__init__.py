"""Shared by all pages: access, forms, error pages, client addresses, the content security policy."""
