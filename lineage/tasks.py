"""The jobs of this app, where procrastinate looks for them."""

import lineage.retention.tasks  # noqa: F401
