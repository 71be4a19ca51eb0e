"""Shared code of all apps: errors, actors, formatting, API conventions and pages. It imports no app."""
