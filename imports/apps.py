from contextlib import suppress

import pyarrow as pa
from django.apps import AppConfig

DECAY_MILLISECONDS = 100


class ImportsConfig(AppConfig):
    name = "imports"

    def ready(self) -> None:
        """Arrow's usual allocator keeps a quarter more of an import's memory than jemalloc that gives back soon."""
        with suppress(NotImplementedError):  # a build of Arrow without it
            pa.set_memory_pool(pa.jemalloc_memory_pool())
            pa.jemalloc_set_decay_ms(DECAY_MILLISECONDS)
