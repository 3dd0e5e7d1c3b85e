"""The portal's settings for tests: the one settings file, with nothing read from the developer's own machine.

``TEST_DATABASE_URL`` names a PostgreSQL server to test on; without it the tests run on SQLite.
``TEST_REDIS_URL`` is for the tests of jobs alone: all others run their jobs in the process.
"""

import os

os.environ.update(
    ENV_FILE=os.devnull,
    DEBUG="0",
    DEMO="0",
    HTTPS="0",
    SECRET_KEY="for-tests-only",
    SECRET_KEY_FALLBACKS="",
    ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    SITE_URL="http://testserver",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or "sqlite://:memory:",
    # A connection that outlives its request would keep the test database from being dropped.
    CONN_MAX_AGE="0",
    REDIS_URL="",
    CACHE_URL="locmemcache://",
    EMAIL_URL="memorymail://",
    PROXY_COUNT="0",
    LOG_LEVEL="WARNING",
    STAFF_TWO_FACTOR="required",
    STAFF_IDLE_MINUTES="30",
)
_LEFT_TO_DEFAULT = (
    "LOG_FORMAT",
    "METRICS_TOKEN",
    "SENTRY_DSN",
    "CSRF_TRUSTED_ORIGINS",
    "DECISION_HOLD_MINUTES",
    "DEFAULT_FROM_EMAIL",
    "LINK_KEYS",
    "SECOND_STEP_KEYS",
    "CLAMD_URL",
    "LEAKED_PASSWORDS_URL",
    "KEEP_FREE_MB",
)
for _name in _LEFT_TO_DEFAULT:
    os.environ.pop(_name, None)

from config.settings import *  # noqa: E402, F403

# Hundreds of tests sign somebody in without a telephone, and turn the clock; those of signing in set it otherwise.
STAFF_TWO_FACTOR = "optional"
STAFF_IDLE_MINUTES = 100_000_000

# Whatever the disk of this machine has; the tests of a full one say otherwise.
KEEP_FREE_MB = 0

# As for connections that are kept, although none is here.
KEEP_PLANS = True

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Static files come from where they are written, as in the demo; nothing need be collected first.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
