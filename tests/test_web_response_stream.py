"""Responses that are made faster than they are taken."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from atlas.web.request_body import Disconnected
from atlas.web.response_stream import MEMORY_BYTES, SPILLED, ResponseStream

PARTS = [bytes([number % 251]) * 100_000 for number in range(40)]  # four times what is kept in memory


async def at_once(call, *arguments):
    return call(*arguments)


async def read_all(stream):
    data, has_more = bytearray(), True
    while has_more:
        block, has_more = await stream.next()
        data += block
    return bytes(data)


def run(scenario):
    """Run a coroutine in a thread: after tests in a browser, an event loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(scenario())).result()


def test_what_is_not_taken_yet_goes_to_a_file_and_arrives_in_order(settings):
    settings.ATLAS_SPOOL_DIR.mkdir(parents=True, exist_ok=True)

    async def scenario():
        stream = ResponseStream(asyncio.get_running_loop(), at_once)
        for part in PARTS:
            stream.write(part)
        spilled = SPILLED._bytes
        stream.end()
        return spilled, await read_all(stream)

    spilled, data = run(scenario)

    assert spilled == sum(map(len, PARTS)) - MEMORY_BYTES // 100_000 * 100_000
    assert data == b"".join(PARTS)
    assert SPILLED._bytes == 0


def test_a_response_waits_where_the_files_of_all_are_full_and_ends_when_its_client_leaves(settings):
    settings.ATLAS_SPOOL_DIR.mkdir(parents=True, exist_ok=True)
    settings.ATLAS_RESPONSE_SPOOL_BYTES = 300_000
    ended = []

    async def scenario():
        stream = ResponseStream(asyncio.get_running_loop(), at_once)

        def write():
            with pytest.raises(Disconnected):
                for part in PARTS:
                    stream.write(part)
            ended.append(True)

        thread = threading.Thread(target=write)
        thread.start()
        while SPILLED._bytes < 300_000:
            await asyncio.sleep(0.01)
        assert not ended
        stream.close()
        await asyncio.to_thread(thread.join, 60)

    run(scenario)

    assert ended == [True]
    assert SPILLED._bytes == 0
