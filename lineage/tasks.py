"""The jobs of this app, in the module where procrastinate searches for them."""

import lineage.retention.tasks  # noqa: F401
