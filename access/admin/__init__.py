"""The admin of users, groups, API tokens, and locks after failed sign-ins."""

from access.admin import locks, tokens, users  # noqa: F401  # each registers its own
