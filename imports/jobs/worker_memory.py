"""Return memory to the system sooner: Arrow's default allocator keeps a quarter more than an import needs."""

from contextlib import suppress

import pyarrow as pa

DECAY_MILLISECONDS = 100


def release_memory_soon() -> None:
    """Use an allocator that releases memory soon. For processes that import and do not fork afterwards."""
    with suppress(NotImplementedError):  # a build of Arrow without it
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(DECAY_MILLISECONDS)
