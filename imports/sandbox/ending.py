"""Why a child ended without an answer, as an error for the user."""

from __future__ import annotations

import logging
import os
import signal

from core.errors import AtlasError
from core.formatting import size, whole_seconds
from core.messages import Sentence
from imports.errors import FileTooCostly, ReaderUnavailable, UnreadableFile
from imports.sandbox import messages
from imports.sandbox.job import Ending, Exceeded
from imports.sandbox.limits import Limits

log = logging.getLogger(__name__)


def error_of(ending: Ending | None, limits: Limits) -> AtlasError:
    """Return what a child's end means. None: its template ended, too, so that nothing is known."""
    if ending is None:
        return unavailable()
    if ending.exceeded == Exceeded.MEMORY:
        return too_much_memory(limits)
    if ending.exceeded == Exceeded.DISK:
        return too_much_disk(limits)
    if ending.signal == signal.SIGXCPU or (ending.signal == signal.SIGKILL and ending.processor >= limits.processor):
        return _too_costly(messages.TOO_MUCH_PROCESSOR_TIME, whole_seconds(limits.processor), "processor", limits)
    if ending.signal in (signal.SIGKILL, signal.SIGTERM):
        return ReaderUnavailable(messages.READER_KILLED())
    return reader_ended(ending)


def unavailable() -> ReaderUnavailable:
    return ReaderUnavailable(messages.READER_UNAVAILABLE())


def too_much_memory(limits: Limits) -> FileTooCostly:
    return _too_costly(messages.TOO_MUCH_MEMORY, size(limits.memory), "memory", limits)


def too_much_disk(limits: Limits) -> FileTooCostly:
    return _too_costly(messages.TOO_MUCH_DISK, size(limits.disk), "disk", limits)


def too_much_time(limits: Limits) -> FileTooCostly:
    return _too_costly(messages.TOO_MUCH_TIME, whole_seconds(round(limits.seconds)), "seconds", limits)


def _too_costly(sentence: Sentence, limit: str, kind: str, limits: Limits) -> FileTooCostly:
    return FileTooCostly(sentence(limit=limit, setting=limits.settings.get(kind, "the limit")))


def reader_ended(ending: Ending) -> UnreadableFile:
    """Return the error for a child that a library has ended."""
    how = f"exit status {os.WEXITSTATUS(ending.status)}"
    if ending.signal is not None:
        how = signal.Signals(ending.signal).name
    log.error("A process that read a file ended unexpectedly: %s", how)
    return UnreadableFile(messages.READER_ENDED(how=how))


def invalid_answer() -> UnreadableFile:
    """Return the error for a child that sent something else than its program would."""
    log.error("A process that read a file sent an invalid answer.")
    return UnreadableFile(messages.READER_ENDED(how="invalid answer"))
