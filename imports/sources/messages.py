"""What is said of where files come from: uploads, the B2 bucket, and the storage of kept source files."""

from core.messages import Sentence

FILE_TOO_LARGE = Sentence("file_too_large", "The file is larger than {limit_mb:g} MB, which is the limit here.")

# --- kept source files

SOURCE_GONE = Sentence("source_gone", "The source file is no longer kept. Upload it again.")
SOURCE_CHANGED = Sentence("source_changed", "The kept source file was changed since. Upload it again.")

_STORAGE = "The storage of the source files cannot be used: "
_LOOK_AT_STORAGE = (
    ". Try again in a few minutes. If it stays so, look at that storage, at the space that is left in it, and at the "
    "settings S3_*."
)
STORAGE_FAILED = Sentence("storage_failed", f"{_STORAGE}{{error}}{_LOOK_AT_STORAGE}")
STORAGE_BUCKET_REFUSED = Sentence(
    "storage_bucket_refused", f"{_STORAGE}the bucket answers with {{error}}{_LOOK_AT_STORAGE}"
)
STORAGE_BUCKET_SILENT = Sentence(
    "storage_bucket_silent", f"{_STORAGE}the bucket does not answer ({{error}}){_LOOK_AT_STORAGE}"
)

# --- the bucket of Backblaze B2

_TRY_LATER = "Try again in a few minutes. If it stays so, look at this machine's network and at B2_REALM."

B2_NOT_CONFIGURED = Sentence(
    "b2_not_configured",
    "Backblaze B2 is not configured here. Set B2_KEY_ID, B2_KEY and B2_BUCKET and start the service again.",
)
B2_KEY_UNKNOWN = Sentence(
    "b2_key_unknown",
    "Backblaze B2 does not know the key of the settings. Check B2_KEY_ID and B2_KEY, and whether the key was deleted "
    "or has expired.",
)
B2_KEY_LACKS_RIGHT = Sentence(
    "b2_key_lacks_right",
    "The key of the settings has no right to do this in the bucket {bucket!r}. Give it listBuckets, listFiles and "
    "readFiles for the whole bucket, or set another one.",
)
B2_CAP_REACHED = Sentence(
    "b2_cap_reached", "A cap of the Backblaze account is reached. Raise it under «Caps & Alerts», or wait a day."
)
B2_UNREACHABLE = Sentence("b2_unreachable", f"Backblaze B2 cannot be reached, or does not answer. {_TRY_LATER}")
B2_ANSWER_NOT_UNDERSTOOD = Sentence(
    "b2_answer_not_understood", f"Backblaze B2 gave an answer that makes no sense ({{error}}). {_TRY_LATER}"
)
CLOCK_WRONG = Sentence("clock_wrong", "The clock of this machine is more than ten minutes wrong. Set it.")
NO_SUCH_BUCKET = Sentence("no_such_bucket", "There is no bucket {bucket!r} in the account of the key. Check B2_BUCKET.")
NO_SUCH_OBJECT = Sentence(
    "no_such_object",
    "There is no object {name!r} in the bucket {bucket!r}. Check the name: capital letters and folders are part of it.",
)
OBJECT_ENCRYPTED = Sentence(
    "object_encrypted",
    "The object is encrypted with a key of its own (SSE-C), which this service does not have.",
)
OBJECT_REPLACED = Sentence(
    "object_replaced",
    "The object {name!r} in the bucket {bucket!r} was replaced or deleted since it was chosen. Nothing of it was "
    "imported. Import what is there now, if it is wanted.",
)
DOWNLOAD_BROKE_OFF = Sentence(
    "download_broke_off",
    "The download of {name!r} from the bucket {bucket!r} broke off at {received_bytes:,} of {size_bytes:,} bytes, and "
    f"{{attempts}} more attempts brought nothing. Nothing of it was imported. {_TRY_LATER}",
)
DOWNLOAD_DIFFERS = Sentence(
    "download_differs",
    "What arrived of {name!r} is not what the bucket {bucket!r} says of it: size or SHA-1 differ. Nothing of it was "
    "imported. Upload the object to the bucket again.",
)
