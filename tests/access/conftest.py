"""The users of tests/pages, for the pages of signing in."""

from tests.pages.conftest import people, signed_in

__all__ = ["people", "signed_in"]
