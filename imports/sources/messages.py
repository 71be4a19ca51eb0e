"""Messages about the sources of files: uploads, the bucket at Backblaze B2, and the storage of source files."""

from core.messages import Sentence

FILE_TOO_LARGE = Sentence(
    "file_too_large",
    "File too large. The limit is {limit_mb:megabytes}. Split it into parts, each with the header row.",
)

DISK_NEARLY_FULL = Sentence(
    "disk_nearly_full",
    "The disk for {place:select spool=temporary files|sources=source files|database=the database} has too little space "
    "for more files: {free} are free, {least} must stay free (settings ATLAS_MIN_FREE_BYTES and "
    "ATLAS_MIN_FREE_PERCENT). Ask an administrator to free disk space, then try again.",
)
DISK_TOO_SMALL = Sentence(
    "disk_too_small",
    "The disk for {place:select spool=temporary files|sources=source files|database=the database} has too little space "
    "for this file of {needed}: {free} are free, {least} must stay free. Ask an administrator to free disk space, then "
    "try again.",
)

# --- source files

SOURCE_GONE = Sentence("source_gone", "The source file is no longer stored. Please upload it again.")
SOURCE_DAMAGED = Sentence(
    "source_damaged",
    "The stored source file is damaged: its content no longer has the SHA-256 {sha256}. Upload the same file again, "
    "which repairs it, or ask an administrator to restore it from a backup.",
)

_STORAGE = "The source file storage is not available: "
_CHECK_STORAGE = (
    ". Try again in a few minutes. If this continues, ask an administrator to check the storage, its free space and "
    "the settings S3_*."
)
STORAGE_FAILED = Sentence("storage_failed", f"{_STORAGE}{{error}}{_CHECK_STORAGE}")
STORAGE_BUCKET_REFUSED = Sentence(
    "storage_bucket_refused", f"{_STORAGE}the bucket responded with {{error}}{_CHECK_STORAGE}"
)
STORAGE_BUCKET_SILENT = Sentence(
    "storage_bucket_silent", f"{_STORAGE}no response from the bucket ({{error}}){_CHECK_STORAGE}"
)

# --- the bucket at Backblaze B2

_TRY_LATER = "Try again in a few minutes. If this continues, check the server's network connection and B2_REALM."

B2_NOT_CONFIGURED = Sentence(
    "b2_not_configured",
    "Backblaze B2 is not configured. Set B2_KEY_ID, B2_KEY and B2_BUCKET and restart the service.",
)
B2_KEY_UNKNOWN = Sentence(
    "b2_key_unknown",
    "Backblaze B2 rejected the application key. Check B2_KEY_ID and B2_KEY, and whether the key was deleted or has "
    "expired.",
)
B2_KEY_LACKS_RIGHT = Sentence(
    "b2_key_lacks_right",
    "The application key has no permission for this in bucket “{bucket}”. It needs listBuckets, listFiles and "
    "readFiles for the whole bucket.",
)
B2_CAP_REACHED = Sentence(
    "b2_cap_reached",
    "The Backblaze account has reached a usage cap. Raise it under “Caps & Alerts”, or try again tomorrow.",
)
B2_UNREACHABLE = Sentence("b2_unreachable", f"Backblaze B2 cannot be reached or does not respond. {_TRY_LATER}")
B2_ANSWER_NOT_UNDERSTOOD = Sentence(
    "b2_answer_not_understood", f"Backblaze B2 sent an invalid response ({{error}}). {_TRY_LATER}"
)
CLOCK_WRONG = Sentence("clock_wrong", "The server's clock is off by more than ten minutes. Set it to the current time.")
NO_SUCH_BUCKET = Sentence("no_such_bucket", "Bucket “{bucket}” not found in the account of the key. Check B2_BUCKET.")
NO_SUCH_OBJECT = Sentence(
    "no_such_object",
    "File “{name}” not found in bucket “{bucket}”. Check the name: it is case-sensitive and includes folders.",
)
OBJECT_ENCRYPTED = Sentence(
    "object_encrypted",
    "The file is encrypted with a customer-provided key (SSE-C), which this service does not have. Upload it to the "
    "bucket without SSE-C.",
)
OBJECT_REPLACED = Sentence(
    "object_replaced",
    "File “{name}” in bucket “{bucket}” was replaced or deleted after it was chosen. Nothing was imported. Choose the "
    "current file and import it again.",
)
DOWNLOAD_BROKE_OFF = Sentence(
    "download_broke_off",
    "The download of “{name}” from bucket “{bucket}” stopped at {received_bytes:,} of {size_bytes:,} bytes, and "
    f"{{attempts:counted more attempt}} failed. Nothing was imported. {_TRY_LATER}",
)
DOWNLOAD_DIFFERS = Sentence(
    "download_differs",
    "The download of “{name}” does not match the size or SHA-1 that bucket “{bucket}” reports. Nothing was imported. "
    "Upload the file to the bucket again.",
)
