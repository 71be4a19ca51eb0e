"""Shared parts of the API: responses, parameters, pagination, parsers, permissions and errors."""
