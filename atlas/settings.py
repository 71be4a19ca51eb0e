"""The settings. They work with an empty environment; these are all variables that are read:

ATLAS_DATA_DIR          directory of the instance's data: secret key, source files, embedded database (default: var/)
ATLAS_SECRET_KEY        default: created at the first start and stored in the data directory
ATLAS_DEBUG             default: off
ATLAS_ALLOWED_HOSTS     comma-separated, in addition to ATLAS_HOST and this machine's own names
ATLAS_HTTPS             on behind a proxy that ends TLS and sets X-Forwarded-Proto (default: off)
ATLAS_PROXIES           number of proxies that add the client's address to X-Forwarded-For (default: 0)
ATLAS_READINGS_BYTES    disk for what previews have read, so that imports need not read it again (default: 2 GB)
ATLAS_SIGN_IN_TRIES     failed sign-ins for an account from an address (default: 10; 0: no limit)
ATLAS_SIGN_IN_TRIES_ACCOUNT  for an account from all addresses where it never signed in (default: 100)
ATLAS_SIGN_IN_TRIES_ADDRESS  from an address for all accounts (default: 100)
ATLAS_SIGN_IN_MINUTES   in which these are counted (default: 15)
ATLAS_WRONG_TOKENS      invalid API tokens from an address in ATLAS_SIGN_IN_MINUTES; 0: no limit (default: 100)
ATLAS_AUDIT_UNKNOWN_PER_MINUTE  audit entries a minute about clients that are not signed in (default: 60)
ATLAS_MAX_UPLOAD_BYTES  default: 2 GiB
ATLAS_MAX_FORM_BYTES    maximum body of a request that has no file, and of strangers (default: 262144)
ATLAS_MAX_HEADER_BYTES  maximum of all headers of a request together (default: 65536)
ATLAS_HEADER_SECONDS    how long a client may take for the headers of a request (default: 10)
ATLAS_SILENT_SECONDS    how long a client may neither send nor take a byte of a body (default: 20)
ATLAS_LEAST_BYTES_PER_SECOND  how slowly it may send or take a body, on average (default: 5000)
ATLAS_KEEP_ALIVE_SECONDS      how long a connection may wait for its next request (default: 15)
ATLAS_MAX_UNPACKED_BYTES  maximum unpacked size of a compressed file (default: same as ATLAS_MAX_UPLOAD_BYTES)
ATLAS_MAX_UNPACK_RATIO  maximum unpacked size of compressed files over 100 MB, times their size (default: 200)
ATLAS_READING_MEMORY_BYTES  resident memory of the process that reads one file (default: 4 GiB)
ATLAS_READING_DISK_BYTES  its temporary files (default: 5 times ATLAS_MAX_UNPACKED_BYTES)
ATLAS_PREVIEW_PROCESSOR_SECONDS, ATLAS_IMPORT_PROCESSOR_SECONDS
                        its processor time for a preview or an import (default: 120 and 300), and in addition
ATLAS_PREVIEW_PROCESSOR_SECONDS_PER_MB, ATLAS_IMPORT_PROCESSOR_SECONDS_PER_MB
                        for each MB of the file (default: 5 each)
ATLAS_PREVIEW_SECONDS, ATLAS_IMPORT_SECONDS
                        how long a preview takes in all, and how long an import waits for it (default: 600, 14400)
ATLAS_MIN_FREE_BYTES    below so many free bytes on a disk of the instance no file is accepted (default: 1000000000)
ATLAS_MIN_FREE_PERCENT  the same as a percentage of the disk (default: 5)
ATLAS_ANALYSIS_HOURS    hours after which a preview expires, with its file; 0: never (default: 24)
ATLAS_BACKGROUND_BYTES  files uploaded in the browser are imported in the background from this size (default: 5000000)
ATLAS_MAX_MAPPING_BYTES, ATLAS_MAX_MAPPING_NAMES, ATLAS_MAX_RULES
                        what a mapping may hold: bytes, keys and strings, rules (default: 4000000, 20000, 200)
ATLAS_RULE_MEMORY_BYTES what the rules of a mapping may need for the rows that they take at once (default: 100000000)
ATLAS_RULE_OUTPUT_BYTES, ATLAS_RULE_OUTPUT_RATIO
                        what they may make of a whole file: so many bytes, and so many times what they read, in
                        addition (default: 500000000 and 10)
ATLAS_IMPORTS_PER_HOUR  imports that a user may start in an hour; 0: no limit (default: 3600)
ATLAS_PREVIEWS_PER_HOUR  previews that a user may request in an hour; 0: no limit (default: 1200)
ATLAS_PREVIEW_COMPARED_ROWS  rows of a file that a preview compares with the table; 0: no limit (default: 2000000)
ATLAS_WAITING_IMPORTS   imports of a user that may wait for a worker; 0: no limit (default: 1000)
ATLAS_MAX_CELL_BYTES    the longest value of a file (default: 32000000)
ATLAS_MAX_ROWS          rows of a file; 0: no limit (default: 0)
ATLAS_WORKERS           number of workers that ./run starts (default: 1)
ATLAS_WEB_PROCESSES     processes of the web server; what follows is for each of them (default: 2)
ATLAS_READ_THREADS      short requests that run at once (default: 6)
ATLAS_WORK_THREADS      imports, undos and downloads that run at once (default: 4)
ATLAS_QUICK_THREADS     requests without database that run at once (default: 2)
ATLAS_UPLOADS_AT_ONCE   large bodies that are received at once (default: 32)
ATLAS_WAITING_REQUESTS  requests that may wait for each of these (default: 100)
ATLAS_REQUEST_WAIT_SECONDS  how long a request may wait for its turn (default: 20)
ATLAS_MAX_CONNECTIONS, ATLAS_MAX_CONNECTIONS_PER_ADDRESS
                        open connections, and those of one address without a proxy (default: 1000, 200)
ATLAS_RESPONSE_SPOOL_BYTES  what clients have not taken yet of their responses, in files (default: 1 GiB)
ATLAS_READY_SECONDS     how long /ready waits for the database (default: 5)
ATLAS_DATE_ORDER        MDY or DMY: how ambiguous dates such as 01/02/2024 are read (default: MDY)
ATLAS_HOST, ATLAS_PORT  address and port of the web server (default: 127.0.0.1, 8000)
ATLAS_LOCK_WAIT_SECONDS  how long a request waits for a lock of another database session (default: 10)
ATLAS_BACKGROUND_LOCK_WAIT_SECONDS  the same for an import in the background (default: 600)
ATLAS_STATEMENT_SECONDS  how long a query of a page or of a reading API request may take; 0: no limit (default: 60)
ATLAS_IDLE_SECONDS      after which a reading transaction that does nothing is ended; 0: never (default: 60)
DATABASE_URL            a PostgreSQL server (15 or newer) in place of the embedded one
S3_BUCKET, S3_ENDPOINT_URL, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY
                        the bucket for source files, in place of {data directory}/sources
B2_KEY_ID, B2_KEY, B2_BUCKET
                        a Backblaze B2 application key and the bucket to import from (default: none)
B2_REALM                the B2 service: production, or a URL (default: production)
ATLAS_RETAIN_SOURCE_FILES_DAYS, ATLAS_RETAIN_KEPT_RECORDS_DAYS, ATLAS_RETAIN_MAPPING_ERRORS_DAYS,
ATLAS_RETAIN_ROW_VERSIONS_DAYS, ATLAS_RETAIN_AUDIT_DETAILS_DAYS, ATLAS_RETAIN_UNDONE_IMPORTS_DAYS
                        days after which manage.py enforce_retention deletes them (default: never)
ATLAS_RETENTION_ARCHIVE directory where it archives data before deleting it (default: no archive)
"""

import secrets
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from atlas.environment import (
    all_or_none,
    env,
    number_or_none,
    one_of,
    positive_number,
    refuse_without,
    switch,
    text,
    whole_number,
    word_or_url,
)
from atlas.server import embedded_postgres
from atlas.server.addresses import debug_is_open, is_every_address, is_loopback, url_host
from core.whole_files import write_once

MIN_SECRET_LENGTH = 50  # characters
LEAST_REQUEST_BYTES = 4096  # for the headers that browsers send, and for the form of the sign-in
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = embedded_postgres.data_dir()


def kept_secret(path: Path) -> str:
    """Return the secret in the file; it is created on first use and readable only by its owner."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        write_once(path, secrets.token_urlsafe(50))  # if two processes start at once, one of them writes
    secret = path.read_text().strip()
    if len(secret) < MIN_SECRET_LENGTH:
        raise ImproperlyConfigured(
            f"The secret key in {path} is empty or cut off: it has {len(secret)} characters, not at least"
            f" {MIN_SECRET_LENGTH}. Restore the file from a backup, or delete it: then a new key is created, and"
            " everybody has to sign in again."
        )
    return secret


def secret_of_environment() -> str:
    """Return the secret key of the environment; an empty text if there is none."""
    secret = text("ATLAS_SECRET_KEY")
    if secret and len(secret) < MIN_SECRET_LENGTH:
        raise ImproperlyConfigured(
            f"ATLAS_SECRET_KEY has {len(secret)} characters, and needs at least {MIN_SECRET_LENGTH}: a short one can be"
            " guessed. Make one with: openssl rand -base64 48. Then everybody has to sign in again."
        )
    return secret


# --- the site ---

SECRET_KEY = secret_of_environment() or kept_secret(DATA_DIR / "secret-key")
DEBUG = switch("ATLAS_DEBUG")
ATLAS_HOST = text("ATLAS_HOST", "127.0.0.1")
if DEBUG and not is_loopback(ATLAS_HOST):
    raise ImproperlyConfigured(debug_is_open(ATLAS_HOST))
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *env.list("ATLAS_ALLOWED_HOSTS", default=[])]
if not is_every_address(ATLAS_HOST) and url_host(ATLAS_HOST) not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(url_host(ATLAS_HOST))

INSTALLED_APPS = [
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "rest_framework",
    "django_filters",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "core",
    "audit",
    "access",
    "imports",
    "lineage",
]

MIDDLEWARE = [
    "core.web.client_address.client_address",
    "core.waits.middleware.BoundedWaits",
    "imports.middleware.close_uploads",
    "django.middleware.security.SecurityMiddleware",
    "core.web.content_security_policy.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.web.no_store.no_store",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.web.refusals.refusals",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.actors.remember_request",
    "imports.middleware.upload_limit",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "atlas.urls"
WSGI_APPLICATION = "atlas.wsgi.application"
# The specification's URLs have no slash at the end.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that templates/django/forms is used

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

# --- database ---

ATLAS_LOCK_WAIT_SECONDS = whole_number("ATLAS_LOCK_WAIT_SECONDS", 10, unit="seconds")
ATLAS_BACKGROUND_LOCK_WAIT_SECONDS = whole_number("ATLAS_BACKGROUND_LOCK_WAIT_SECONDS", 600, unit="seconds")
ATLAS_STATEMENT_SECONDS = whole_number("ATLAS_STATEMENT_SECONDS", 60, unit="seconds")
ATLAS_IDLE_SECONDS = whole_number("ATLAS_IDLE_SECONDS", 60, unit="seconds")


def database() -> dict[str, Any]:
    """Return the settings of the database, whose sessions have a name and wait for locks for a limited time.

    What DATABASE_URL has as `?options=` comes last, and so decides.
    """
    found = embedded_postgres.connection_settings(DATA_DIR)
    options = found.get("OPTIONS", {})
    lock_timeout = max(1, ATLAS_LOCK_WAIT_SECONDS * 1000)  # milliseconds; 0 would mean no limit
    # Compiling a query takes longer than running it, for nearly all of ours.
    session = f"-c lock_timeout={lock_timeout} -c jit=off"
    return {
        **found,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "Content Atlas",
            **options,
            "options": f"{session} {options.get('options', '')}".strip(),
        },
    }


DATABASES: dict[str, dict[str, Any]] = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- files ---

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"] if (BASE_DIR / "static").is_dir() else []


def sources_storage() -> dict[str, Any]:
    """Return the storage of source files: an S3 bucket if one is set, else the data directory."""
    refuse_without("S3_BUCKET", "S3_ENDPOINT_URL", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
    access_key, secret_key = all_or_none("S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY")
    if not text("S3_BUCKET"):
        return {
            "BACKEND": "imports.sources.folder_storage.FolderStorage",
            "OPTIONS": {"location": DATA_DIR / "sources"},
        }
    from botocore.config import Config

    return {
        "BACKEND": "imports.sources.s3_storage.BucketStorage",
        "OPTIONS": {
            "bucket_name": text("S3_BUCKET"),
            "endpoint_url": text("S3_ENDPOINT_URL") or None,
            "region_name": text("S3_REGION") or None,
            "access_key": access_key or None,
            "secret_key": secret_key or None,
            "default_acl": None,
            "file_overwrite": False,
            "max_memory_size": 8 * 1024**2,  # bytes; larger files use a temporary file
            # Backblaze B2 answers 400 to the checksum headers that botocore adds by itself.
            "client_config": Config(
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=10,  # seconds
                retries={"mode": "standard", "total_max_attempts": 3},
            ),
        },
    }


STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "sources": sources_storage(),
}

# Uploaded files while they arrive and are read, and all other temporary files.
ATLAS_SPOOL_DIR = DATA_DIR / "spool"
ATLAS_READINGS_DIR = DATA_DIR / "readings"
ATLAS_READINGS_BYTES = whole_number("ATLAS_READINGS_BYTES", 2 * 10**9, unit="bytes")
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "imports.sources.upload_handler.SpoolUploadHandler",
]
ATLAS_MIN_FREE_BYTES = whole_number("ATLAS_MIN_FREE_BYTES", 1_000_000_000, unit="bytes")
ATLAS_MIN_FREE_PERCENT = whole_number("ATLAS_MIN_FREE_PERCENT", 5, unit="percent")
# The folder of the embedded database; None: the database is elsewhere.
ATLAS_DATABASE_DIR = None if embedded_postgres.uses_external_database() else DATA_DIR / "postgres"
ATLAS_MAX_UPLOAD_BYTES = positive_number("ATLAS_MAX_UPLOAD_BYTES", 2 * 1024**3, unit="bytes")
ATLAS_MAX_UNPACKED_BYTES = positive_number("ATLAS_MAX_UNPACKED_BYTES", ATLAS_MAX_UPLOAD_BYTES, unit="bytes")
ATLAS_MAX_UNPACK_RATIO = positive_number("ATLAS_MAX_UNPACK_RATIO", 200)
# Of the process that reads a file (docs/operations.md, Limits of a file).
ATLAS_READING_MEMORY_BYTES = positive_number("ATLAS_READING_MEMORY_BYTES", 4 * 1024**3, unit="bytes")
ATLAS_READING_DISK_BYTES = positive_number("ATLAS_READING_DISK_BYTES", 5 * ATLAS_MAX_UNPACKED_BYTES, unit="bytes")
ATLAS_PREVIEW_PROCESSOR_SECONDS = positive_number("ATLAS_PREVIEW_PROCESSOR_SECONDS", 120, unit="seconds")
ATLAS_PREVIEW_PROCESSOR_SECONDS_PER_MB = whole_number("ATLAS_PREVIEW_PROCESSOR_SECONDS_PER_MB", 5, unit="seconds")
ATLAS_PREVIEW_SECONDS = positive_number("ATLAS_PREVIEW_SECONDS", 600, unit="seconds")
ATLAS_IMPORT_PROCESSOR_SECONDS = positive_number("ATLAS_IMPORT_PROCESSOR_SECONDS", 300, unit="seconds")
ATLAS_IMPORT_PROCESSOR_SECONDS_PER_MB = whole_number("ATLAS_IMPORT_PROCESSOR_SECONDS_PER_MB", 5, unit="seconds")
ATLAS_IMPORT_SECONDS = positive_number("ATLAS_IMPORT_SECONDS", 4 * 3600, unit="seconds")
ATLAS_ANALYSIS_HOURS = whole_number("ATLAS_ANALYSIS_HOURS", 24, unit="hours")
ATLAS_BACKGROUND_BYTES = whole_number("ATLAS_BACKGROUND_BYTES", 5_000_000, unit="bytes")
ATLAS_MAX_MAPPING_BYTES = positive_number("ATLAS_MAX_MAPPING_BYTES", 4_000_000, unit="bytes")
ATLAS_MAX_MAPPING_NAMES = positive_number("ATLAS_MAX_MAPPING_NAMES", 20_000)
ATLAS_MAX_RULES = whole_number("ATLAS_MAX_RULES", 200)
ATLAS_RULE_MEMORY_BYTES = positive_number("ATLAS_RULE_MEMORY_BYTES", 100_000_000, unit="bytes")
ATLAS_RULE_OUTPUT_BYTES = positive_number("ATLAS_RULE_OUTPUT_BYTES", 500_000_000, unit="bytes")
ATLAS_RULE_OUTPUT_RATIO = whole_number("ATLAS_RULE_OUTPUT_RATIO", 10)
ATLAS_IMPORTS_PER_HOUR = whole_number("ATLAS_IMPORTS_PER_HOUR", 3600)
ATLAS_PREVIEWS_PER_HOUR = whole_number("ATLAS_PREVIEWS_PER_HOUR", 1200)
ATLAS_PREVIEW_COMPARED_ROWS = whole_number("ATLAS_PREVIEW_COMPARED_ROWS", 2_000_000)
ATLAS_WAITING_IMPORTS = whole_number("ATLAS_WAITING_IMPORTS", 1000)
ATLAS_MAX_CELL_BYTES = positive_number("ATLAS_MAX_CELL_BYTES", 32_000_000, unit="bytes")
ATLAS_MAX_ROWS = whole_number("ATLAS_MAX_ROWS", 0)
ATLAS_DATE_ORDER = one_of("ATLAS_DATE_ORDER", "MDY", "DMY")

# --- the web server: what a client may cost (atlas/web) ---

ATLAS_MAX_FORM_BYTES = positive_number("ATLAS_MAX_FORM_BYTES", 256 * 1024, unit="bytes", least=LEAST_REQUEST_BYTES)
ATLAS_MAX_HEADER_BYTES = positive_number("ATLAS_MAX_HEADER_BYTES", 64 * 1024, unit="bytes", least=LEAST_REQUEST_BYTES)
ATLAS_HEADER_SECONDS = positive_number("ATLAS_HEADER_SECONDS", 10, unit="seconds")
ATLAS_SILENT_SECONDS = positive_number("ATLAS_SILENT_SECONDS", 20, unit="seconds")
ATLAS_LEAST_BYTES_PER_SECOND = positive_number("ATLAS_LEAST_BYTES_PER_SECOND", 5_000, unit="bytes")
ATLAS_KEEP_ALIVE_SECONDS = whole_number("ATLAS_KEEP_ALIVE_SECONDS", 15, unit="seconds")
ATLAS_WEB_PROCESSES = positive_number("ATLAS_WEB_PROCESSES", 2, unit="processes")
ATLAS_QUICK_THREADS = positive_number("ATLAS_QUICK_THREADS", 2, unit="threads")
ATLAS_READ_THREADS = positive_number("ATLAS_READ_THREADS", 6, unit="threads")
ATLAS_WORK_THREADS = positive_number("ATLAS_WORK_THREADS", 4, unit="threads")
ATLAS_UPLOADS_AT_ONCE = positive_number("ATLAS_UPLOADS_AT_ONCE", 32)
ATLAS_WAITING_REQUESTS = whole_number("ATLAS_WAITING_REQUESTS", 100)
ATLAS_REQUEST_WAIT_SECONDS = positive_number("ATLAS_REQUEST_WAIT_SECONDS", 20, unit="seconds")
ATLAS_MAX_CONNECTIONS = positive_number("ATLAS_MAX_CONNECTIONS", 1_000)
ATLAS_MAX_CONNECTIONS_PER_ADDRESS = positive_number("ATLAS_MAX_CONNECTIONS_PER_ADDRESS", 200)
ATLAS_RESPONSE_SPOOL_BYTES = whole_number("ATLAS_RESPONSE_SPOOL_BYTES", 1024**3, unit="bytes")
ATLAS_READY_SECONDS = positive_number("ATLAS_READY_SECONDS", 5, unit="seconds")
# The mapping of a table with 1,600 columns is a large form.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024**2
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- Backblaze B2, as a source of imports ---

B2_KEY_ID, B2_KEY, B2_BUCKET = all_or_none("B2_KEY_ID", "B2_KEY", "B2_BUCKET")
B2_REALM = word_or_url("B2_REALM", "production")

# --- retention (docs/operations.md) ---

#: By policy of lineage/retention/policies.py. None: never deleted.
ATLAS_RETAIN_DAYS = {
    policy: number_or_none(f"ATLAS_RETAIN_{policy.upper()}_DAYS", unit="days")
    for policy in ("source_files", "kept_records", "mapping_errors", "row_versions", "audit_details", "undone_imports")
}
ATLAS_RETENTION_ARCHIVE = text("ATLAS_RETENTION_ARCHIVE")

# --- access ---

LOGIN_URL = "/ui/sign-in"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "core.web.error_pages.form_refused"
# The first one only counts attempts.
AUTHENTICATION_BACKENDS = ["access.sign_ins.SignInLimit", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [{"NAME": "access.passwords.EndTokens"}]

# Failed sign-ins: for an account from an address, for an account, from an address. Wrong API tokens from an address.
ATLAS_SIGN_IN_MINUTES = positive_number("ATLAS_SIGN_IN_MINUTES", 15, unit="minutes")
ATLAS_SIGN_IN_TRIES = whole_number("ATLAS_SIGN_IN_TRIES", 10)
ATLAS_SIGN_IN_TRIES_ACCOUNT = whole_number("ATLAS_SIGN_IN_TRIES_ACCOUNT", 100)
ATLAS_SIGN_IN_TRIES_ADDRESS = whole_number("ATLAS_SIGN_IN_TRIES_ADDRESS", 100)
ATLAS_WRONG_TOKENS = whole_number("ATLAS_WRONG_TOKENS", 100)
ATLAS_AUDIT_UNKNOWN_PER_MINUTE = positive_number("ATLAS_AUDIT_UNKNOWN_PER_MINUTE", 60)

# 0 by default: without a proxy, clients could put any address into the header.
ATLAS_PROXIES = whole_number("ATLAS_PROXIES", 0)

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
if switch("ATLAS_HTTPS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = ["^health/?$", "^ready/?$"]  # what watches it asks without the proxy
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# --- the API ---

REST_FRAMEWORK = {
    # Tokens first: the first class determines the response to anonymous calls, 401 for tokens and 403 for sessions.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "access.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "core.api.parsers.JSONBody",
        "core.api.parsers.FormBody",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.LimitOffsetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.exception_handler.exception_handler",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Content Atlas",
    "DESCRIPTION": "Import files into tracked PostgreSQL tables.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # API clients use this name; by default it is derived from the labels of the choices and changes with them.
    "ENUM_NAME_OVERRIDES": {
        "Status1f9Enum": "imports.models.ImportStatus",
        "FateEnum": "imports.models.Outcome",
        "KindEnum": ["file", "files", "import", "imports", "table"],  # of a node of the lineage graph
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- logs, without data from rows ---

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "atlas.log_formatter.RedactingFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "filters": {"faults": {"()": "atlas.log_formatter.FaultsInOneLine"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["faults"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Django's own console handler would log everything twice, without a time.
        "django": {"handlers": [], "propagate": True},
        "django.db.backends": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "psycopg.pool": {"level": "ERROR"},  # it tries again by itself
    },
}
