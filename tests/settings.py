"""The site's settings with a data directory of the test run's own, removed at its end."""

import atexit
import os
import shutil
import tempfile

os.environ["ATLAS_DATA_DIR"] = tempfile.mkdtemp(prefix="atlas-test-")
atexit.register(shutil.rmtree, os.environ["ATLAS_DATA_DIR"], ignore_errors=True)

from atlas.settings import *  # noqa: E402, F403
from atlas.settings import DATABASES, STORAGES  # noqa: E402

if os.environ.get("PYTEST_XDIST_WORKER"):  # which may share a server with others
    DATABASES["default"]["TEST"] = {"NAME": f"test_{DATABASES['default']['NAME']}_{os.environ['PYTEST_XDIST_WORKER']}"}

# The disk of the tests may be nearly full.
ATLAS_MIN_FREE_BYTES = ATLAS_MIN_FREE_PERCENT = 0

# No manifest, and files served from where they lie: pages in tests need no collectstatic before them.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# The real hasher takes a quarter of a second for each user that a test makes.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
