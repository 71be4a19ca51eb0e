"""How a worker's memory is managed: Arrow's usual allocator keeps a quarter more of an import's than is needed."""

from contextlib import suppress

import pyarrow as pa

DECAY_MILLISECONDS = 100


def give_back_soon() -> None:
    """For processes that import and do not fork afterwards."""
    with suppress(NotImplementedError):  # a build of Arrow without it
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(DECAY_MILLISECONDS)
