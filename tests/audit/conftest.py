"""The clients of the API, for the log's own endpoints."""

from tests.api.conftest import anonymous, auditor, importer

__all__ = ["anonymous", "auditor", "importer"]
