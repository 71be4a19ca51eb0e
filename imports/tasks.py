"""The jobs of this app, where procrastinate looks for them."""

import imports.jobs.tasks  # noqa: F401
