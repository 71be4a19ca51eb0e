"""The settings of the embedded PostgreSQL: for loading many rows on a small machine."""

import os
from pathlib import Path

from atlas.server.postgres_connection import PORT


def server_settings(socket_directory: Path, *, durable: bool) -> list[str]:
    """Return the lines of the configuration file. durable: False for data that need not survive a crash."""
    settings = {**tuning(), "unix_socket_directories": str(socket_directory), "port": PORT}
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [f"{name} = {quoted(value)}" for name, value in settings.items()]


def tuning() -> dict[str, str]:
    """Return settings for loading many rows on a small machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2  # MB
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(512, max(64, memory // 32))}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "maintenance_work_mem": f"{min(256, max(64, memory // 32))}MB",
        # A load into a table created in the same transaction then writes only the table, not the log.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Errors and their details quote values of rows, which must not get into the log.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
    }


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
