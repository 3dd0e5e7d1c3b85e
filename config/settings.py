"""Every setting of the portal, read from the environment by django-environ.

Each variable stands with its default in ``.env.example`` and in ``docs/running.md``. With none set, the
portal runs embedded: SQLite, jobs in the process, mail to the console and to ``/dev/mailbox/``.
"""

from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import logs, monitoring
from config.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
# ENV_FILE names another file; tests, checks and the demo name an empty one: nobody's own .env is read there.
environ.Env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

# --- The kind of instance ---------------------------------------------------------------------------------
# DEMO shows the public error pages although DEBUG is on, and names the sample logins on the sign-in page.
DEMO: bool = env.bool("DEMO", default=False)
DEBUG: bool = env.bool("DEBUG", default=DEMO)

_DEVELOPMENT_KEY = "for-development-only-never-for-a-server"
SECRET_KEY: str = env.str("SECRET_KEY", default=_DEVELOPMENT_KEY if DEBUG else "")
if not SECRET_KEY or (SECRET_KEY == _DEVELOPMENT_KEY and not DEBUG):
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set it to a long random text (see .env.example), or set DEBUG=1 to develop."
    )
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# Emailed links are keyed apart from the rest, so that either key can be changed alone.
LINK_KEYS: list[str] = env.list("LINK_KEYS", default=[]) or [SECRET_KEY, *SECRET_KEY_FALLBACKS]
# What the secrets of telephones, and what is kept of recovery codes, are made with; the newest first.
SECOND_STEP_KEYS: list[str] = env.list("SECOND_STEP_KEYS", default=[]) or [SECRET_KEY, *SECRET_KEY_FALLBACKS]

ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Where emailed links point; no trailing slash.
SITE_URL: str = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")

# --- Parts ------------------------------------------------------------------------------------------------
# Ours stand before the admin, so that our templates win.
INSTALLED_APPS = [
    "programmes",
    "applications",
    "cohorts",
    "facilitators",
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "crispy_forms",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "simple_history",
]

MIDDLEWARE = [
    "config.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.PermissionsMiddleware",
    "config.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.signed_in.TelephoneMiddleware",
    "config.middleware.IdleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
if DEMO:
    MIDDLEWARE.insert(6, "config.middleware.PlainErrorPagesMiddleware")

ROOT_URLCONF = "config.urls"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# An address typed without a scheme is meant with https. Django 6 does so by itself; then this line goes.
FORMS_URLFIELD_ASSUME_HTTPS = True

TEMPLATES = [
    {
        "NAME": "pages",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "pages"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "config.pages.environment",
            # There are as many as there are files: none needs to make room for another.
            "cache_size": -1,
            "context_processors": ["config.pages.context"],
        },
    },
    {
        "NAME": "staff",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates" / "staff", BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]
# Widgets are rendered by our own templates where there are any: the admin's date and time boxes get labels.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_TEMPLATE_PACK = "nhsuk"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("nhsuk",)
CRISPY_FAIL_SILENTLY = False

# --- Data -------------------------------------------------------------------------------------------------
VAR_DIR.mkdir(exist_ok=True)
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'cascade.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue at BEGIN instead of failing half-way: see docs/decisions/0003-sqlite-settings.md.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", env.int("CONN_MAX_AGE", default=60))
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
# PostgreSQL keeps the plans of some queries for a connection (programmes/models/plans.py): not behind a pooler,
# which may hand the next question to another connection, nor for one that ends with its request.
KEEP_PLANS = bool(DATABASES["default"].get("CONN_MAX_AGE")) and not DATABASES["default"].get(
    "DISABLE_SERVER_SIDE_CURSORS"
)

MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(VAR_DIR / "media"))
# Megabytes that uploads leave free on that disk, on which the database may be as well.
KEEP_FREE_MB: int = env.int("KEEP_FREE_MB", default=500)
# Uploaded files are never served from an address of their own; a view that checks the reader sends them.
MEDIA_URL = ""
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# ClamAV's clamd, which looks at every file that is sent: tcp://host:3310 or unix:///run/clamav/clamd.ctl.
CLAMD_URL: str = env.str("CLAMD_URL", default="")
if CLAMD_URL and not CLAMD_URL.startswith(("tcp://", "unix:///")):
    raise ImproperlyConfigured("CLAMD_URL must begin with tcp:// or unix:///, such as tcp://clamd:3310.")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "config.files.WholeFiles"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.files.StaticFiles"
    },
}

# --- Time and language ------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
# The portal speaks English alone: Django's own sentences are shown as they are, and are not looked up.
USE_I18N = False
USE_TZ = True

# --- Sign-in ----------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "config.signed_in.SignedInBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# A service that knows passwords that have leaked, such as https://api.pwnedpasswords.com/range/.
LEAKED_PASSWORDS_URL: str = env.str("LEAKED_PASSWORDS_URL", default="")
if LEAKED_PASSWORDS_URL and not (
    LEAKED_PASSWORDS_URL.startswith("https://") and LEAKED_PASSWORDS_URL.endswith("/")
):
    raise ImproperlyConfigured(
        "LEAKED_PASSWORDS_URL must begin with https:// and end with /, such as "
        "https://api.pwnedpasswords.com/range/."
    )
if LEAKED_PASSWORDS_URL:
    AUTH_PASSWORD_VALIDATORS.append({"NAME": "programmes.domain.leaked_passwords.LeakedPasswordValidator"})
LOGIN_URL = "/staff/login/"
# Ten wrong passwords for one name from one address close the door for a quarter of an hour.
AXES_FAILURE_LIMIT = env.int("SIGN_IN_ATTEMPTS", default=10)
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
# The staff's site shows no list of sign-ins; `manage.py axes_reset` opens a closed door at once.
AXES_ENABLE_ADMIN = False
AXES_IPWARE_PROXY_COUNT = env.int("PROXY_COUNT", default=0) or None

# What staff sign in with besides the password: "required", or "optional" where nothing real is kept.
STAFF_TWO_FACTOR: str = env.str("STAFF_TWO_FACTOR", default="optional" if DEMO else "required")
if STAFF_TWO_FACTOR not in ("required", "optional") or (STAFF_TWO_FACTOR == "optional" and not DEBUG):
    raise ImproperlyConfigured(
        "STAFF_TWO_FACTOR must be “required”. “optional” is for the demo and for developing: set DEMO=1 or DEBUG=1."
    )
# Minutes without a page opened or a form sent, after which staff are signed out.
STAFF_IDLE_MINUTES: int = env.int("STAFF_IDLE_MINUTES", default=30)
if STAFF_IDLE_MINUTES < 5:
    raise ImproperlyConfigured("STAFF_IDLE_MINUTES must be 5 or more: people read, and telephone.")
OTP_TOTP_ISSUER = "Cascade"

SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True

# --- Headers ----------------------------------------------------------------------------------------------
HTTPS: bool = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    # Browsers take a cookie of such a name from this host alone, over HTTPS alone: no neighbour can plant one.
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
if env.int("PROXY_COUNT", default=0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# "no-referrer" makes Chromium send "Origin: null", and Django then refuses every form.
SECURE_REFERRER_POLICY = "strict-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        # Frutiger, the NHS typeface, is served by the NHS alone; the pages fall back to Arial.
        "font-src": [SELF, "https://assets.nhs.uk"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Mail -------------------------------------------------------------------------------------------------
# No EMAIL_URL: mail goes to the console, and with DEBUG to /dev/mailbox/ as well.
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 15
if EMAIL_BACKEND.endswith(".filebased.EmailBackend"):
    if not EMAIL_CONFIG.get("EMAIL_FILE_PATH"):
        raise ImproperlyConfigured(
            "EMAIL_URL names no folder for mails, such as filemail:///var/spool/cascade."
        )
    EMAIL_FILE_PATH = f"/{EMAIL_CONFIG['EMAIL_FILE_PATH']}"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Cascade <no-reply@cascade.example.org>")
# Minutes for which the mail of a decision waits, so that a slip can be taken back before anyone reads it.
DECISION_HOLD_MINUTES: int = env.int("DECISION_HOLD_MINUTES", default=10)

# Days after the training for which it is kept what people needed to take part; then it is erased.
ACCESS_NEEDS_KEEP_DAYS: int = env.int("ACCESS_NEEDS_KEEP_DAYS", default=30)
# Months for which it is kept what is of no programme: invitations, logs of signing in, holds that were lifted.
KEEP_OTHER_MONTHS: int = env.int("KEEP_OTHER_MONTHS", default=12)

# How often a minute a program may read the feed with one key.
FEED_REQUESTS_A_MINUTE: int = env.int("FEED_REQUESTS_A_MINUTE", default=120)
# Where they are counted, over all processes: in Redis where there is one, else in files of this host.
_CACHE_URL: str = env.str("CACHE_URL", default=env.str("REDIS_URL", default=""))
COUNTS_FOLDER = "" if _CACHE_URL else str(VAR_DIR / "counts")
CACHES = {"default": environ.Env.cache_url_config(_CACHE_URL or "locmemcache://")}
# Public pages are kept in Redis until what they show is changed: programmes/views/kept.py.
KEEP_PAGES: bool = CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache"
if KEEP_PAGES:
    CACHES["default"]["BACKEND"] = "config.connections.OneClientCache"
    # A Redis that accepts and never answers must not hold a page. What the address says of TLS stays.
    CACHES["default"].setdefault("OPTIONS", {}).update(socket_connect_timeout=1, socket_timeout=1)

# --- Jobs -------------------------------------------------------------------------------------------------
REDIS_URL: str = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = not REDIS_URL
CELERY_TASK_EAGER_PROPAGATES = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Without socket_timeout a broker that accepts and never answers holds a page for most of a minute.
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "socket_connect_timeout": 1,
        "socket_timeout": 2,
        "retry_on_timeout": False,
        "max_retries": 0,
        "visibility_timeout": 600,
    }
    if REDIS_URL
    else {}
)
CELERY_TIMEZONE = TIME_ZONE
# Every clock of the portal. Without Redis `manage.py run_jobs` (and `make demo`) keeps the same times.
CELERY_BEAT_SCHEDULE = SCHEDULE

# --- Logs -------------------------------------------------------------------------------------------------
LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT: str = env.str("LOG_FORMAT", default="plain")
if LOG_FORMAT not in ("plain", "json"):
    raise ImproperlyConfigured("LOG_FORMAT must be “plain”, for people, or “json”, for what collects logs.")
LOGGING = logs.logging_settings(LOG_LEVEL, LOG_FORMAT)

# --- What watches the portal; off unless named ------------------------------------------------------------
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
if METRICS_TOKEN:
    monitoring.require("METRICS_TOKEN", "prometheus_client")
SENTRY_DSN: str = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    monitoring.start_sentry(SENTRY_DSN)
